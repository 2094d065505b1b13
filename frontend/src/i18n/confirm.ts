import { type PageCatalogues, pageWords } from "./page-words";

const en = {
  market: "Send a market order?",
  large: "Send a large order?",
  cancelAll: "Cancel all orders?",
  yes: "Yes",
  no: "No",
  last: "Do not ask this again",
};

type ConfirmWord = keyof typeof en;

const CATALOGUES: PageCatalogues<ConfirmWord> = {
  en,
  de: {
    market: "Market-Order senden?",
    large: "Große Order senden?",
    cancelAll: "Alle Orders stornieren?",
    yes: "Ja",
    no: "Nein",
    last: "Das nicht mehr fragen",
  },
  es: {
    market: "¿Enviar una orden a mercado?",
    large: "¿Enviar una orden grande?",
    cancelAll: "¿Cancelar todas las órdenes?",
    yes: "Sí",
    no: "No",
    last: "No volver a preguntarlo",
  },
};

export const say = pageWords(CATALOGUES);
