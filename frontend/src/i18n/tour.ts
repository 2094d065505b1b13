import { type PageCatalogues, pageWords } from "./page-words";

const en = {
  label: "Tour",
  invite: "New here? Six steps show where everything is.",
  start: "Take the tour",
  no: "No, thanks",
  back: "Back",
  next: "Next",
  skip: "Skip the tour",
  done: "Done",
  progress: "{step} of {count}",
  chart: "The chart",
  chartText:
    "Candles of the market on screen, with indicators and the depth of the book. Your open orders are lines on it: drag one to another price.",
  book: "The order book",
  bookText:
    "What others bid and ask, best prices in the middle. A click on a price puts it into the order; your own orders are marked.",
  ticket: "The order",
  ticketText:
    "Side, kind, price and quantity. Cost, fee and slippage stand below before anything is sent. B buys and S sells from the keyboard.",
  funds: "Your balances",
  fundsText:
    "What you can spend and what your orders hold. In a demo, Add brings funds in one click.",
  orders: "Your orders",
  ordersText:
    "Open orders, to change or cancel in place, then history and fills. Each fill is told wherever you are.",
  palette: "Every page and market",
  paletteText:
    "Press Ctrl K and type a part of a name to go to any page or market. The question mark shows all keys.",
} as const;

type Key = keyof typeof en;

const de: Readonly<Record<Key, string>> = {
  label: "Rundgang",
  invite: "Neu hier? Sechs Schritte zeigen, wo alles ist.",
  start: "Rundgang beginnen",
  no: "Nein, danke",
  back: "Zurück",
  next: "Weiter",
  skip: "Rundgang beenden",
  done: "Fertig",
  progress: "{step} von {count}",
  chart: "Der Chart",
  chartText:
    "Kerzen des gewählten Marktes, mit Indikatoren und der Tiefe des Buchs. Offene Orders sind Linien darin: eine lässt sich auf einen anderen Preis ziehen.",
  book: "Das Orderbuch",
  bookText:
    "Was andere bieten und verlangen, die besten Preise in der Mitte. Ein Klick auf einen Preis setzt ihn in die Order; eigene Orders sind markiert.",
  ticket: "Die Order",
  ticketText:
    "Seite, Art, Preis und Menge. Kosten, Gebühr und Abweichung stehen darunter, bevor etwas abgeht. B kauft und S verkauft von der Tastatur aus.",
  funds: "Die Guthaben",
  fundsText:
    "Was verfügbar ist und was in Orders steckt. In einer Demo kommt Geld mit einem Klick.",
  orders: "Die eigenen Orders",
  ordersText:
    "Offene Orders, zum Ändern und Streichen an Ort und Stelle, dann Verlauf und Ausführungen. Jede Ausführung wird überall gemeldet.",
  palette: "Jede Seite, jeder Markt",
  paletteText:
    "Strg K und ein Teil eines Namens führen zu jeder Seite und jedem Markt. Das Fragezeichen zeigt alle Tasten.",
};

const es: Readonly<Record<Key, string>> = {
  label: "Visita",
  invite: "¿Es nuevo aquí? Seis pasos muestran dónde está todo.",
  start: "Empezar la visita",
  no: "No, gracias",
  back: "Atrás",
  next: "Siguiente",
  skip: "Dejar la visita",
  done: "Listo",
  progress: "{step} de {count}",
  chart: "El gráfico",
  chartText:
    "Velas del mercado en pantalla, con indicadores y la profundidad del libro. Sus órdenes abiertas son líneas: arrastre una a otro precio.",
  book: "El libro de órdenes",
  bookText:
    "Lo que otros compran y venden, con los mejores precios en el centro. Un clic en un precio lo pone en la orden; las suyas están marcadas.",
  ticket: "La orden",
  ticketText:
    "Lado, tipo, precio y cantidad. Coste, comisión y deslizamiento están debajo antes de enviar nada. B compra y S vende con el teclado.",
  funds: "Sus saldos",
  fundsText:
    "Lo que puede gastar y lo que retienen sus órdenes. En una demo llegan fondos con un clic.",
  orders: "Sus órdenes",
  ordersText:
    "Órdenes abiertas, para cambiar o cancelar en su sitio, después historial y ejecuciones. Cada ejecución se anuncia esté donde esté.",
  palette: "Todas las páginas y mercados",
  paletteText:
    "Pulse Ctrl K y escriba parte de un nombre para ir a cualquier página o mercado. La interrogación muestra todas las teclas.",
};

export const TOUR_WORDS: PageCatalogues<Key> = { en, de, es };
export const say = pageWords(TOUR_WORDS);
