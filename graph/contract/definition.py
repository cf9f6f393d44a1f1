"""Every input table, once: readers, JSON Schema and the documentation are all made from this."""

from __future__ import annotations

from graph.contract.columns import Column, Holds, Kind, Table

NOTIONAL_LIMIT = 10**18
"""Bound of prices and quantities, so that sums of price times quantity stay exact in 128-bit integers."""

SIDES = ("buy", "sell")
SERVICE_KINDS = ("address", "ip", "device")
SERVICE_CATEGORIES = (
    "exchange_wallet",
    "exchange_deposit_address",
    "bridge",
    "contract",
    "custodian",
    "other_service",
    "office",
    "campus",
    "carrier_nat",
    "vpn",
    "public_device",
)


def _account(name: str, meaning: str, *, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, meaning, required=required, holds=Holds.ACCOUNT)


def _symbol(meaning: str = "The market.") -> Column:
    return Column("symbol", Kind.TEXT, meaning, required=True, holds=Holds.SYMBOL)


def _address(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, meaning, required=required, holds=Holds.ADDRESS)


def _text(name: str, meaning: str, *, required: bool = False, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.TEXT, meaning, required=required, allowed=allowed)


def _instant(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.INSTANT, meaning, required=required)


def _positive(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DECIMAL, meaning, required=required, above=0, below=NOTIONAL_LIMIT)


def _amount(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DECIMAL, meaning, required=required, at_least=0, below=NOTIONAL_LIMIT)


def _number(name: str, meaning: str) -> Column:
    return Column(name, Kind.DECIMAL, meaning)


ACCOUNTS = Table(
    "accounts",
    "The accounts of the exchange; the only required table.",
    (
        _account("account_id", "The account."),
        _instant("opened_at", "When the account was opened."),
        _text(
            "segment",
            "What kind of customer the account is.",
            allowed=("retail", "institutional", "market_maker", "api", "sub_account", "other"),
        ),
        _text("owner_id", "Declared legal owner: accounts of one owner are one entity."),
        _account("referrer_account_id", "The account whose referral code was used.", required=False),
        _text("country", "Declared country."),
        _amount("volume_usd", "Traded or moved volume over the account's life, in US dollars."),
    ),
    key=("account_id",),
    required=True,
)

SESSIONS = Table(
    "sessions",
    "Log-ins and credential events.",
    (
        _account("account_id", "The account that was used."),
        _instant("ts", "When.", required=True),
        Column("device_id", Kind.TEXT, "The device as the client named it.", holds=Holds.DEVICE),
        Column("ip", Kind.TEXT, "The IP address it came from.", holds=Holds.IP),
        Column(
            "event",
            Kind.TEXT,
            "What happened.",
            allowed=("login", "2fa_change", "password_reset", "api_key_created"),
            default="login",
        ),
    ),
    key=("account_id", "ts", "device_id", "ip", "event"),
    by_day=True,
)

DEPOSIT_ADDRESSES = Table(
    "deposit_addresses",
    "Addresses that the exchange assigned to an account.",
    (
        _address("address", "The assigned address.", required=True),
        _account("account_id", "The account it was assigned to."),
        _text("network", "The chain that the address is on."),
        _instant("assigned_at", "When it was assigned."),
    ),
    key=("address",),
)

TRANSFERS = Table(
    "transfers",
    "Deposits, withdrawals and internal transfers.",
    (
        _text("transfer_id", "The transfer.", required=True),
        _account("account_id", "The account on whose books it is."),
        _text("direction", "Which way.", required=True, allowed=("deposit", "withdrawal", "internal")),
        _address("address", "The other end on chain."),
        _account("counterparty_account_id", "The other end where it is known to be an account.", required=False),
        _text("asset", "What was moved."),
        _amount("amount", "How much, in units of the asset."),
        _instant("ts", "When."),
        _text("network", "The chain."),
        Column(
            "count",
            Kind.INTEGER,
            "How many transfers this row stands for.",
            default=1,
            at_least=1,
            below=10**9,
        ),
    ),
    key=("transfer_id",),
    by_day=True,
)

ORDERS = Table(
    "orders",
    "One row per order event; fills are in trades.",
    (
        _text("order_id", "The order.", required=True),
        _account("account_id", "Who placed it."),
        _symbol(),
        _text("event", "What happened to it.", required=True, allowed=("new", "amend", "cancel", "expire")),
        _text("side", "Buy or sell.", required=True, allowed=SIDES),
        _positive("price", "Limit price in the quote currency; market orders have none."),
        _amount(
            "quantity",
            "Base quantity: of a new order what was ordered, of an amend the new remaining, "
            "of a cancel or expire what remained.",
            required=True,
        ),
        _instant("ts", "When.", required=True),
        _text("order_type", "Market, limit and so on."),
        _text("time_in_force", "How long it may rest."),
        Column("sequence", Kind.INTEGER, "Order of events within one instant."),
        _text("api_key_id", "The API key that sent it."),
    ),
    key=("order_id", "event", "ts", "sequence"),
    by_day=True,
)

TRADES = Table(
    "trades",
    "Fills: one row per match of a maker's and a taker's order, and one for each revision of it.",
    (
        _text("trade_id", "The trade.", required=True),
        _symbol(),
        _positive("price", "Price in the quote currency.", required=True),
        _positive("quantity", "Base quantity.", required=True),
        _instant("ts", "When.", required=True),
        _account("maker_account_id", "Whose order rested."),
        _account("taker_account_id", "Who hit it."),
        _text("taker_side", "The taker's side.", required=True, allowed=SIDES),
        _text("maker_order_id", "The maker's order."),
        _text("taker_order_id", "The taker's order."),
        _number("maker_fee", "Fee of the maker in the quote currency; negative for a rebate."),
        _number("taker_fee", "Fee of the taker in the quote currency; negative for a rebate."),
        Column(
            "status",
            Kind.TEXT,
            "The last word on a trade counts, whenever it arrives: busted (it was undone), else corrected (this row "
            "stands for the trade), else normal.",
            allowed=("normal", "busted", "corrected"),
            default="normal",
        ),
    ),
    key=("trade_id", "status"),
    by_day=True,
)

LIQUIDATIONS = Table(
    "liquidations",
    "Positions that the exchange closed by force.",
    (
        _account("account_id", "Whose position."),
        _symbol(),
        _text("side", "Side of the closing trade.", required=True, allowed=SIDES),
        _positive("quantity", "Base quantity closed.", required=True),
        _positive("price", "Price in the quote currency.", required=True),
        _instant("ts", "When.", required=True),
        _number("loss", "Loss of the account in the quote currency."),
    ),
    key=("account_id", "symbol", "side", "quantity", "price", "ts"),
    by_day=True,
)

SYMBOLS = Table(
    "symbols",
    "The markets.",
    (
        _symbol(),
        _text("kind", "Spot or perpetual.", allowed=("spot", "perpetual")),
        _text("base", "Base currency."),
        _text("quote", "Quote currency."),
        _text("tier", "How liquid.", allowed=("large", "mid", "small")),
        _positive("tick_size", "Smallest price step in the quote currency."),
        _positive("contract_size", "Base quantity of one contract."),
        _instant("listed_at", "When trading began."),
    ),
    key=("symbol",),
)

DECLARED_RELATIONS = Table(
    "declared_relations",
    "Relations that the exchange knows and allows.",
    (
        _account("leader_account_id", "The leading account."),
        _account("follower_account_id", "The following account."),
        _text(
            "kind",
            "What relation.",
            required=True,
            allowed=("copy_trading", "sub_account", "family", "otc_desk", "market_maker_agreement"),
        ),
        _instant("from_ts", "Since when."),
        _instant("to_ts", "Until when."),
    ),
    key=("leader_account_id", "follower_account_id", "kind", "from_ts", "to_ts"),
)

KNOWN_SERVICES = Table(
    "known_services",
    "Resources that many people use for innocent reasons, and addresses that some exchange assigned to one customer.",
    (
        _text("kind", "What the identifier is.", required=True, allowed=SERVICE_KINDS),
        _text("identifier", "The address, device or IP; an IP may be a network in CIDR form.", required=True),
        _text("category", "What service it belongs to.", required=True, allowed=SERVICE_CATEGORIES),
        _instant(
            "expires_at",
            "Not known to hold after this; void if that is before the first event.",
        ),
        _text("added_by", "Who declared it."),
    ),
    key=("kind", "identifier"),
)

LABELS = Table(
    "labels",
    "Outcomes of past cases. Loading and detection never read it: training, certifying and evaluating do.",
    (
        _account("account_id", "The account."),
        _text(
            "outcome",
            "How the case ended; not_flagged means that nobody decided.",
            required=True,
            allowed=("confirmed", "self_reported", "cleared", "overturned", "not_flagged"),
        ),
        _text("ring_label", "The ring that it was said to be in."),
        _text("kind", "What kind of label it is."),
        _text("typology", "What it was said to have done."),
        _instant("decided_at", "When."),
        _text("source", "Who decided."),
    ),
    key=("account_id", "outcome", "ring_label", "kind", "typology", "decided_at", "source"),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ACCOUNTS,
        SESSIONS,
        DEPOSIT_ADDRESSES,
        TRANSFERS,
        ORDERS,
        TRADES,
        LIQUIDATIONS,
        SYMBOLS,
        DECLARED_RELATIONS,
        KNOWN_SERVICES,
        LABELS,
    )
}

LOADED: tuple[str, ...] = tuple(name for name in TABLES if name != LABELS.name)
"""The tables that a load reads."""
