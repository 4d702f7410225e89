/** What JSX becomes in the bundle: with createElement it is a kilobyte smaller than with the JSX runtime. */
export { Fragment, h } from "preact";
