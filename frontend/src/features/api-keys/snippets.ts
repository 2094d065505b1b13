/** Programs of others and ours, pointed at this exchange with one key: they run as they are. */

export const PROGRAMS = ["ccxt", "python-binance", "openbell"] as const;
export type Program = (typeof PROGRAMS)[number];

export interface SnippetTerms {
  /** The exchange's address, as `http://127.0.0.1:3000`. */
  origin: string;
  apiKey: string;
  /** Null: it is known to its owner alone. */
  secret: string | null;
  /** The key signs with a private key, which stays with its owner. */
  isPair: boolean;
}

/** The programs that can sign with such a key: our client signs with secrets. */
export function programsFor(isPair: boolean): readonly Program[] {
  return isPair ? PROGRAMS.filter((program) => program !== "openbell") : PROGRAMS;
}

export function snippet(program: Program, terms: SnippetTerms): string {
  if (program === "ccxt") return ccxt(terms);
  return program === "openbell" ? openbell(terms) : pythonBinance(terms);
}

const NO_SECRET = "YOUR_SECRET";
const socketsOf = (origin: string) => origin.replace(/^http/, "ws");

function ccxt({ origin, apiKey, secret, isPair }: SnippetTerms): string {
  const signer = isPair ? 'open("key.pem").read()' : `"${secret ?? NO_SECRET}"`;
  return `# Replace the *test* URLs, as here: whatever has none of its own then fails on your machine.
import ccxt  # pip install ccxt

API, STREAMS = "${origin}/api/v3", "${socketsOf(origin)}"
exchange = ccxt.binance(
    {
        "apiKey": "${apiKey}",
        "secret": ${signer},
        "options": {"sandbox": True, "fetchMarkets": {"types": ["spot"]}},
        "urls": {
            "test": {
                "public": API,
                "private": API,
                "v1": API,
                "ws": {
                    "spot": STREAMS + "/stream/ws",
                    "ws-api": {"spot": STREAMS + "/ws-api/v3"},
                },
            }
        },
    }
)
print("best bids:", exchange.fetch_order_book("BTC/USDT")["bids"][:3])
print("free:", exchange.fetch_balance()["free"])
`;
}

function pythonBinance({ origin, apiKey, secret, isPair }: SnippetTerms): string {
  const sockets = socketsOf(origin);
  const signer = isPair ? 'private_key=open("key.pem").read()' : `"${secret ?? NO_SECRET}"`;
  return `# Set all four before a client is made: one left as it is points at the real exchange.
from binance import BinanceSocketManager, Client  # pip install python-binance
from binance.base_client import BaseClient

BaseClient.API_URL = "${origin}/api"
BaseClient.MARGIN_API_URL = "${origin}/sapi"
BaseClient.WS_API_URL = "${sockets}/ws-api/v3"
BinanceSocketManager.STREAM_URL = "${sockets}/"

client = Client("${apiKey}", ${signer})
print("best bids:", client.get_order_book(symbol="BTCUSDT")["bids"][:3])
print("balances:", client.get_account()["balances"])
`;
}

function openbell({ origin, apiKey, secret }: SnippetTerms): string {
  return `# In the exchange's own directory, where the package client is.
import asyncio

from client.rest import OpenbellClient


async def main() -> None:
    async with OpenbellClient(
        "${origin}",
        api_key="${apiKey}",
        api_secret="${secret ?? NO_SECRET}",
    ) as me:
        print("best bids:", (await me.depth("BTC-USDT")).bids[:3])
        print("balances:", await me.balances())


asyncio.run(main())
`;
}
