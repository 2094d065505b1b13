import { type PageCatalogues, pageWords } from "./page-words";

const en = {
  palette: "Buying and selling",
  sea: "Teal and orange, for every eye",
  traffic: "Green and red",
  layout: "Layout",
  standard: "Standard",
  compact: "Compact",
  chart: "Wide chart",
  layoutHint:
    "The lines between panels can be moved, with the arrow keys, too; Enter puts one back.",
  ask: "Ask before",
  market: "a market order",
  large: "an order worth more than",
  cancelAll: "cancelling all orders",
  largeFrom: "What a large order is worth, in the quote asset",
  undo: "Take back what the last notice says",
};

type SettingsWord = keyof typeof en;

const CATALOGUES: PageCatalogues<SettingsWord> = {
  en,
  de: {
    palette: "Kauf und Verkauf",
    sea: "Türkis und Orange, für jedes Auge",
    traffic: "Grün und Rot",
    layout: "Anordnung",
    standard: "Standard",
    compact: "Kompakt",
    chart: "Breiter Chart",
    layoutHint:
      "Die Linien zwischen den Feldern lassen sich verschieben, auch mit den Pfeiltasten; Enter setzt eine zurück.",
    ask: "Nachfragen vor",
    market: "einer Market-Order",
    large: "einer Order im Wert von mehr als",
    cancelAll: "dem Stornieren aller Orders",
    largeFrom: "Was eine große Order wert ist, in der Notierungswährung",
    undo: "Zurücknehmen, was die letzte Meldung sagt",
  },
  es: {
    palette: "Compra y venta",
    sea: "Turquesa y naranja, para todos los ojos",
    traffic: "Verde y rojo",
    layout: "Disposición",
    standard: "Estándar",
    compact: "Compacta",
    chart: "Gráfico ancho",
    layoutHint:
      "Las líneas entre paneles se pueden mover, también con las flechas; Intro devuelve una a su sitio.",
    ask: "Preguntar antes de",
    market: "una orden a mercado",
    large: "una orden de más de",
    cancelAll: "cancelar todas las órdenes",
    largeFrom: "Lo que vale una orden grande, en el activo de cotización",
    undo: "Deshacer lo que dice el último aviso",
  },
};

export const say = pageWords(CATALOGUES);
