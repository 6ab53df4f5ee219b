import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme, storedTheme } from "../theme.ts";

applyTheme(storedTheme());
const place = document.getElementById("app");
if (place !== null) render(<App />, place);
