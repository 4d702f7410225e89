/** Keep numbers such as 1.1e-4 on one line: a browser may break one after its hyphen. */

const NUMBER = /(\S*\de-\d\S*)/;

export const Unbroken = ({ children: text }: { children: string }) => (
  <>
    {text.split(NUMBER).map((part, index) =>
      index % 2 ? (
        <span key={part} class="lr-unbroken">
          {part}
        </span>
      ) : (
        part
      ),
    )}
  </>
);
