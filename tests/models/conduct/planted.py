"""Acts of every typology that count under given parameters, among them accounts whose every act is at a threshold.

An account of a tie acts exactly `least_acts` times on exactly `least_days` days, so that it is gone with any one act.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from models.conduct.parameters import ConductParameters, Repetition
from tests.models.conduct.tapes import (
    DAY,
    DAYS,
    HOUR,
    MINUTE,
    SECOND,
    START,
    UNIT,
    Ints,
    Ledger,
    Plan,
    Tape,
    Texts,
    exact,
    named,
    on_fewest_days,
    schedule,
)

PRICE = 1_000_000


def random_tape(seed: int, parameters: ConductParameters, nudged: str = "") -> Tape:
    """`nudged`: `TYPOLOGY TIE` of `ties.TIES`, moved off its threshold by the smallest step there is."""
    ledger = Ledger()
    for number, (typology, plant) in enumerate(PLANTS.items()):
        kind, _, tie = nudged.partition(" ")
        rng = np.random.default_rng([seed, number])
        plant(Plan(ledger, rng, parameters, tie if kind == typology else ""))
    return ledger.tape(np.random.default_rng(seed))


def many(repetition: Repetition) -> int:
    """Acts of an account that is far from any threshold."""
    return 2 * max(repetition.least_acts, repetition.least_days)


def accounts(prefix: str, acts: int, each: int) -> Texts:
    """Whose act each is, `each` in a row."""
    return named(prefix, np.arange(acts) // each, 1)


def self_trading(plan: Plan) -> None:
    own, arrangement = plan.parameters.self_trading, plan.parameters.arrangement
    each = many(own)
    plan.noise("SELF", PRICE, resting=3000, takes=100)
    plan.noise("SELF-TIE", PRICE, resting=1500, takes=50)
    first = accounts("self", 5 * each, each)
    shared = np.char.add(first, np.where(np.arange(len(first)) >= 3 * each, "b", ""))
    plan.ledger.owners |= {name: f"owner of {name[:5]}" for name in [*np.unique(first), *np.unique(shared)]}
    gap = plan.between(SECOND, (arrangement.rest_seconds - 1) * SECOND, len(first))
    answer(plan, "SELF", first, shared, schedule(plan, len(first)), gap)
    us = on_fewest_days(plan, own.least_acts, own.least_days, "midnight")
    gap = np.full(len(us), arrangement.rest_seconds * SECOND + plan.step("rest_seconds"))
    answer(plan, "SELF-TIE", "tie-self_trading", "tie-self_trading", us, gap, tied=True)


def wash_trading(plan: Plan) -> None:
    own, arrangement = plan.parameters.wash_trading, plan.parameters.arrangement
    each = 2 * many(own)
    plan.noise("WASH", PRICE, resting=3000, takes=300)
    plan.noise("WASH-TIE", PRICE, resting=2000, takes=50)
    number = np.arange(2 * each)
    pair = named("wash", number // each, 1)
    one, other = np.char.add(pair, np.where(number % 2, "a", "b")), np.char.add(pair, np.where(number % 2, "b", "a"))
    gap = plan.between(SECOND, (arrangement.gap_seconds - 1) * SECOND, len(number))
    answer(plan, "WASH", one, other, schedule(plan, len(number)), gap)
    us = on_fewest_days(plan, own.least_acts, own.least_days, "midnight")
    group = np.minimum(
        np.arange(len(us)) // arrangement.least_with_partner, len(us) // arrangement.least_with_partner - 1
    )
    partner = named("asked", np.maximum(group, 0), 1)
    partner[0] = "stranger" if plan.step("least_with_partner") else partner[0]
    gap = np.full(len(us), arrangement.gap_seconds * SECOND + plan.step("gap_seconds"))
    answer(plan, "WASH-TIE", partner, "tie-wash_trading", us, gap, tied=True)
    again = us[0] + gap[0] + (2 + np.arange(arrangement.habit_days - 2 + plan.step("habit_days"))) * DAY
    plan.ledger.place("tie-wash_trading", "WASH-TIE", "buy", PRICE - 9000, UNIT, again)
    opposite(plan, many(own))


def answer(
    plan: Plan, symbol: str, first: Texts | str, second: Texts | str, us: Ints, gap: Ints, *, tied: bool = False
) -> None:
    """An order of `first` and, `gap` later, one of `second` opposite to it; `tied` sizes differ as far as they may."""
    count, tolerance = len(us), exact(plan.parameters.arrangement.size_tolerance)
    side, other = each_way(plan, count) if tied else plan.sides(count)
    number = plan.ledger.fresh(count)
    price = PRICE - 3000 - number
    unit = plan.between(UNIT // 10, 2 * UNIT, count) // tolerance.denominator
    larger = unit * tolerance.denominator
    apart = unit * tolerance.numerator if tied else plan.between(0, 1, count) * unit * tolerance.numerator // 2
    smaller = larger - apart - plan.step("size_tolerance") * tied
    gone = us + gap - plan.step("withdrawn") if tied else 0
    asked = plan.ledger.place(first, symbol, side, price, larger, us, gone=gone)
    answered = plan.ledger.place(second, symbol, other, price, smaller, us + gap)
    if not tied:
        plan.ledger.trade(asked, answered, price, smaller, us + gap)


def each_way(plan: Plan, count: int) -> tuple[Texts, Texts]:
    """One side and the other: purchases first, and as few sales as count."""
    sales = ceil(count * plan.parameters.arrangement.least_way_share) - plan.step("least_way_share")
    sells = np.arange(count) >= count - sales
    return np.where(sells, "sell", "buy"), np.where(sells, "buy", "sell")


def opposite(plan: Plan, each: int) -> None:
    """Equal sizes taken on both sides: sizes that nobody else takes, and sizes that somebody took that evening."""
    own, arrangement = plan.parameters.wash_trading, plan.parameters.arrangement
    echo(plan, "back", "WASH", schedule(plan, each), plan.between(SECOND, arrangement.gap_seconds * SECOND, each))
    us = on_fewest_days(plan, own.least_acts, own.least_days, "")
    gap = np.full(len(us), arrangement.gap_seconds * SECOND + plan.step("opposite gap"))
    size = echo(plan, "tie-wash_trading-new", "WASH-TIE", us, gap)[0]
    again = us[0] + 5 * HOUR + (2 + np.arange(arrangement.habit_days - 2 + plan.step("usual size"))) * DAY
    plan.ledger.place("tie-wash_trading-new", "WASH-TIE", "buy", PRICE - 9000, size, again)
    gap = np.full(len(us), round(arrangement.rare * DAY) + plan.step("rare"))
    sizes = echo(plan, "tie-wash_trading-seen", "WASH-TIE", us + 4 * MINUTE, gap)
    for side, price in (("buy", PRICE + 5), ("sell", PRICE - 5)):
        plan.take(f"{side}s too", "WASH-TIE", side, price, sizes, us - us % DAY + 23 * HOUR)


def echo(plan: Plan, account: str, symbol: str, us: Ints, gap: Ints) -> Ints:
    """What "first ACCOUNT" sells the account buys `gap` later, in two fills; at times it is the other way round."""
    sizes = np.rint((UNIT // 10 + plan.ledger.fresh(len(us))) * 1.1 ** np.arange(len(us))).astype(np.int64)
    every = floor(1 / plan.parameters.arrangement.least_way_share)
    turned = np.arange(len(us)) % min(every, len(us)) == min(every, len(us)) - 1
    side, other = np.where(turned, "buy", "sell"), np.where(turned, "sell", "buy")
    plan.take(f"first {account}", symbol, side, np.where(turned, PRICE + 5, PRICE - 5), sizes, us)
    plan.take(account, symbol, other, np.where(turned, PRICE - 5, PRICE + 5), sizes, us + gap, parts=2)
    return sizes


def in_turns(plan: Plan) -> Ints:
    """Two instants a day, one for a wave of each of two accounts, on exactly `wave_days` days."""
    number = np.arange(2 * plan.parameters.pressure.wave_days)
    day = number // 2
    day[-1] -= plan.step("wave_days")
    return START + (1 + day) * DAY + 10 * HOUR + number * 90 * MINUTE


@dataclass(frozen=True)
class Wave:
    """`wait`: from the last order placed to the trade; `delay`: on to the first withdrawal; `spacing`: theirs."""

    levels: int
    wait: int
    delay: int
    spacing: int
    more: int = 0
    filled_more: int = 0
    same_price: bool = False


def spoofing(plan: Plan) -> None:
    pressure(plan, "spoofing", max(plan.parameters.pressure.least_levels - 1, 1))


def layering(plan: Plan) -> None:
    pressure(plan, "layering", plan.parameters.pressure.least_levels)


def pressure(plan: Plan, typology: str, levels: int) -> None:
    """Alone and split, far from the thresholds and on them."""
    own: Repetition = getattr(plan.parameters, typology)
    asked, each = plan.parameters.pressure, many(own)
    symbol, window, rest = typology.upper(), asked.withdrawal_seconds * SECOND, round(asked.least_rest_seconds * SECOND)
    plan.noise(symbol, PRICE, resting=500, takes=500)
    wave = Wave(levels, 10 * SECOND, window // 2, window // 10, more=7 * UNIT // 100)
    alone = accounts(f"{typology}-alone", 3 * each, each)
    press(plan, symbol, alone, alone, schedule(plan, len(alone)), wave)
    number = np.arange(4 * each)
    pair = named(f"{typology}-pair", number // (2 * each), 1)
    one, other = (np.char.add(pair, np.where(number % 2 == odd, "a", "b")) for odd in (0, 1))
    press(plan, symbol, one, other, schedule(plan, len(number)) + 20 * MINUTE, wave)
    tied = Wave(
        levels,
        SECOND + rest,
        window + plan.step("withdrawal_seconds"),
        window + plan.step("spacing"),
        more=-plan.step("size_ratio"),
        filled_more=plan.step("unfilled_share"),
        same_price=bool(plan.step("least_levels")),
    )
    us = on_fewest_days(plan, own.least_acts, own.least_days, "midnight")
    press(plan, f"{symbol}-TIE", f"tie-{typology}", f"tie-{typology}", us, tied)
    quick = Wave(levels, rest // 2, rest - rest // 2 - plan.step("least_rest_seconds"), 0)
    press(plan, f"{symbol}-TIE", f"tie-{typology}-quick", f"tie-{typology}-quick", us + 20 * MINUTE, quick)
    split = Wave(
        levels, 10 * SECOND, window + plan.step("split withdrawal_seconds"), 0, more=-plan.step("split size_ratio")
    )
    us = in_turns(plan)
    odd = np.arange(len(us)) % 2 == 1
    one, other = f"tie-{typology}-one", f"tie-{typology}-two"
    press(plan, f"{symbol}-SPLIT", np.where(odd, one, other), np.where(odd, other, one), us, split)


def press(plan: Plan, symbol: str, author: Texts | str, trader: Texts | str, us: Ints, wave: Wave) -> None:
    """A wave of the author, `size_ratio` times the order of the trader and `more`; its first order is partly filled."""
    count, asked = len(us), plan.parameters.pressure
    ratio, unfilled = exact(asked.size_ratio), exact(asked.unfilled_share)
    side, other = plan.sides(count)
    sign, number = np.where(side == "buy", -1, 1), plan.ledger.fresh(count)
    unit = ratio.denominator * wave.levels * unfilled.denominator
    small = plan.between(UNIT // 50, UNIT // 10, count) // unit * unit
    level = small * ratio.numerator // ratio.denominator // wave.levels
    part = level * (unfilled.denominator - unfilled.numerator) // unfilled.denominator + wave.filled_more
    trade = us + wave.wait
    for place in range(wave.levels):
        size = level + (wave.more if place == 0 else 0)
        left = size - part if place == 0 else size
        price = PRICE + sign * (20_000 + number + (0 if wave.same_price and place == 1 else place))
        gone = trade + wave.delay + place * wave.spacing
        placed = plan.ledger.place(author, symbol, side, price, size, us, gone=gone, left=left)
        if place == 0:
            passer = plan.ledger.place("passer-by", symbol, other, 0, part, us + 1000)
            plan.ledger.trade(placed, passer, price, part, us + 1000)
    plan.take(trader, symbol, other, PRICE + np.where(side == "buy", -5, 5), small, trade)


def quote_stuffing(plan: Plan) -> None:
    own = plan.parameters.quote_stuffing
    each, loud = many(own), 2 * own.least_messages
    plan.noise("STUFF", PRICE, resting=600, takes=100)
    who = accounts("stuff", 4 * each, each)
    us = np.tile(schedule(plan, 2 * each), 2) // SECOND * SECOND
    for second in (0, own.merge_seconds // 2):
        burst(plan, who, us + second * SECOND, plan.between(loud, 2 * loud, len(us)))
    us = on_fewest_days(plan, own.least_acts, own.least_days, "midnight", SECOND)
    fewest = own.least_messages
    burst(plan, "tie-quote_stuffing", us, np.full(len(us), fewest - plan.step("least_messages")))
    gap = own.merge_seconds + 1 - plan.step("merge_seconds")
    merging = np.concatenate([us, us - own.merge_seconds * SECOND])
    merging[-1] = us[-1] - gap * SECOND
    burst(plan, "tie-quote_stuffing-merging", merging, np.full(len(merging), loud))
    share = exact(own.fill_share)
    times = ceil(fewest / share.denominator)
    messages = times * share.denominator + 1 - plan.step("fill_share")
    burst(plan, "tie-quote_stuffing-filled", us, np.full(len(us), messages))
    for _ in range(times * share.numerator):
        plan.take("tie-quote_stuffing-filled", "STUFF", "buy", PRICE + 5, UNIT // 10, us + SECOND // 2, told=False)
    ordinary = np.arange(own.least_history - 1 + plan.step("least_history"))
    seconds = START + DAY // 2 + ordinary * MINUTE // MINUTE * MINUTE
    messages_then = np.where(ordinary % 2, 1, own.least_messages - 1)
    burst(plan, "tie-quote_stuffing-usual", seconds, messages_then)
    burst(plan, "tie-quote_stuffing-usual", us, np.full(len(us), loud))


def burst(plan: Plan, account: Texts | str, us: Ints, messages: Ints) -> None:
    """Within the second that begins at `us` so many events: orders, each taken back before anybody sees it."""
    orders = -(-messages // 2)
    act = np.repeat(np.arange(len(us)), orders)
    number = np.arange(len(act)) - np.repeat(np.cumsum(orders) - orders, orders)
    step = (SECOND - 1) // messages[act]
    placed = us[act] + 2 * number * step
    gone = np.where(2 * number + 1 < messages[act], placed + step, 0)
    who = np.broadcast_to(account, us.shape)[act]
    plan.ledger.place(who, "STUFF", "buy", PRICE - 5000, UNIT // 10, placed, gone=gone)


def front_running(plan: Plan) -> None:
    own, tape = plan.parameters.front_running, plan.ledger
    each, runners, a_day = own.least_acts + 1, 4, 2
    first = np.array([START + SECOND])
    plan.take("opening", "FRONT", "buy", PRICE, 100 * UNIT, first, parts=2, climb=10_000)
    plan.noise("FRONT", PRICE, resting=100, takes=ceil(a_day * DAYS / own.share), jitter=20)
    count = runners * each
    large = schedule(plan, count) + 30 * MINUTE
    side, other = plan.sides(count)
    sign, who, size = (
        np.where(side == "buy", 1, -1),
        accounts("front", count, each),
        plan.between(UNIT, 3 * UNIT, count),
    )
    plan.take(who, "FRONT", side, PRICE, size, large - plan.between(SECOND, (own.lead_seconds - 1) * SECOND, count))
    plan.take(named("big", np.arange(count) % each, 1), "FRONT", side, PRICE, 90 * UNIT, large, parts=3, climb=5000)
    closing = large + plan.between(10 * SECOND, own.close_minutes * MINUTE, count)
    closed, price = size - size // 50, PRICE + sign * 9000
    takes = np.arange(count) % 2 == 0
    plan.take(who[takes], "FRONT", other[takes], price[takes], closed[takes], closing[takes])
    rests = ~takes
    resting = tape.place(who[rests], "FRONT", other[rests], price[rests], closed[rests], large[rests] + SECOND)
    met = tape.place("passer-by", "FRONT", side[rests], 0, closed[rests], closing[rests])
    tape.trade(resting, met, price[rests], closed[rests], closing[rests])
    front_tie(plan)


def front_tie(plan: Plan) -> None:
    """Days with exactly so many orders that `share` of them is a whole number, and a large order at that place."""
    own, tape, symbol = plan.parameters.front_running, plan.ledger, "FRONT-TIE"
    share, closed = exact(own.share), exact(own.closed_share)
    us = on_fewest_days(plan, own.least_acts, own.least_days, "midnight")
    plan.take("opening", symbol, "buy", PRICE, UNIT, np.array([START]))
    large = us + own.lead_seconds * SECOND
    size = plan.between(UNIT // 10, UNIT // 5, len(us)) // 10 * closed.denominator
    plan.take(
        "tie-front_running", symbol, "buy", PRICE, size, large - own.lead_seconds * SECOND - plan.step("lead_seconds")
    )
    plan.take(named("big", np.arange(len(us)), 1), symbol, "buy", PRICE, 90 * UNIT, large, parts=3, climb=5000)
    closing = large + own.close_minutes * MINUTE + plan.step("close_minutes")
    sold = size // closed.denominator * closed.numerator - plan.step("closed_share")
    resting = tape.place("tie-front_running", symbol, "sell", PRICE + 9000, sold, large + SECOND)
    met = tape.place("passer-by", symbol, "buy", 0, sold, closing)
    tape.trade(resting, met, PRICE + 9000, sold, closing)
    days, acts = np.unique(large // DAY * DAY, return_counts=True)
    places = -(-acts // share.numerator) * share.numerator
    if (places > acts).any():
        plan.take("giant", symbol, "sell", PRICE, 900 * UNIT, np.repeat(days, places - acts) + 22 * 60 * MINUTE)
    decoy = days + 23 * 60 * MINUTE
    plan.take("decoy", symbol, "buy", PRICE, 90 * UNIT + 6 * plan.step("share") - 3, decoy, parts=3, climb=5000)
    rest = places // share.numerator * share.denominator - 3 * acts - (places - acts) - 1
    filler = np.repeat(days, rest)
    when = filler + 2 * 60 * MINUTE + plan.between(0, 6 * 60 * MINUTE, len(filler))
    plan.take("filler", symbol, "sell", PRICE - 3, UNIT // 10, when)


def pump_and_dump(plan: Plan) -> None:
    own = plan.parameters.pump_and_dump
    chunk, events = own.chunk_seconds * SECOND, 2 * (max(own.least_acts, own.least_days) + 2)
    plan.noise("PUMP", PRICE, resting=300, takes=600, jitter=100)
    rush = (schedule(plan, events) + own.insider_minutes * MINUTE) // chunk * chunk
    ring = np.arange(events) % 2
    event, insider = (axis.ravel() for axis in np.meshgrid(np.arange(events), np.arange(3), indexing="ij"))
    kept = (insider < 2) | (ring[event] == 0)
    event, insider = event[kept], insider[kept]
    who = np.char.add(named("pump", ring[event], 1), named("-", insider, 1))
    size, count = plan.between(UNIT // 2, 2 * UNIT, len(event)), len(event)
    plan.take(
        who,
        "PUMP",
        "buy",
        PRICE + 20,
        size,
        rush[event] - plan.between(MINUTE, (own.insider_minutes - 1) * MINUTE, count),
    )
    high = round(PRICE * (1 + 1.5 * own.rise))
    victims(plan, "PUMP", high, rush, own.least_buyers + 3)
    offered = size * plan.between(100 * own.sold_share + 2, 100, count) // 100
    room = plan.between(chunk, own.dump_minutes * MINUTE, count)
    sold = plan.ledger.place(who, "PUMP", "sell", high, offered, rush[event] + room)
    half = np.arange(count) % 2 == 0
    when = rush[event][half] + room[half] + 30 * SECOND
    buyer = plan.ledger.place("late-victim", "PUMP", "buy", 0, offered[half], when)
    plan.ledger.trade(sold[half], buyer, high, offered[half], when)
    more = offered[~half] * round(100 * (1 - own.sold_share)) // 200
    plan.ledger.place(who[~half], "PUMP", "buy", PRICE - 50, more, rush[event][~half] + chunk)
    pump_tie(plan)


def pump_tie(plan: Plan) -> None:
    """Two insiders who both need each other."""
    own, symbol, one, other = plan.parameters.pump_and_dump, "PUMP-TIE", "tie-pump_and_dump", "tie-pump_and_dump-two"
    chunk, before = own.chunk_seconds * SECOND, own.insider_minutes * MINUTE
    rise, share = exact(own.rise), exact(own.sold_share)
    low = 11_000 // rise.denominator * rise.denominator
    us = on_fewest_days(plan, own.least_acts, own.least_days, "midnight")
    rush = -(-(us + before // 2) // chunk) * chunk
    early = rush - before - plan.step("insider_minutes")
    early[-1] = rush[-1] - before // 3
    size = plan.between(1, 5, len(us)) * (UNIT // 100) * share.denominator
    plan.take(other, symbol, "buy", low, size, us)
    plan.take(one, symbol, "buy", low, size, early)
    high = low + low // rise.denominator * rise.numerator - plan.step("rise")
    victims(plan, symbol, high, rush, own.least_buyers, same=bool(plan.step("least_buyers")))
    offered = size // share.denominator * share.numerator - plan.step("sold_share")
    plan.ledger.place(one, symbol, "sell", high, offered, rush + chunk - plan.step("chunk_seconds"))
    plan.ledger.place(
        other, symbol, "sell", high, offered, rush + own.dump_minutes * MINUTE + plan.step("dump_minutes")
    )


def victims(plan: Plan, symbol: str, price: int, rush: Ints, count: int, *, same: bool = False) -> None:
    """So many accounts buy in each chunk that begins at `rush`; the `same` one twice instead of the first two."""
    for number in range(count):
        name = f"victim-{max(number, 1) if same else number}"
        plan.take(name, symbol, "buy", price, 7 * UNIT // 10, rush + floor(number * SECOND))


PLANTS = {
    "self_trading": self_trading,
    "wash_trading": wash_trading,
    "spoofing": spoofing,
    "layering": layering,
    "quote_stuffing": quote_stuffing,
    "front_running": front_running,
    "pump_and_dump": pump_and_dump,
}
