import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { startExchange } from "./state/exchange";
import "./styles/index.css";

startExchange();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
