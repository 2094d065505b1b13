export { clearBalances, receiveBalances } from "./balances";
export { clearOrders, loadHistory, receiveFills, receiveOrders } from "./orders";
