"""The rules of the matching engine once more, slow and plain, to compare it with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.flow.intents import NEVER, NONE, Action, Anchor, Intents
from simulator.market.records import MarketConditions

STEP = 10_000_000


@dataclass
class Order:
    row: int
    account: int
    side: int
    tick: int
    left: int
    age: int
    due: int
    expires: bool
    number: int
    plan: int
    resting: bool = False
    priced: bool = True
    first_fill: int = NONE


@dataclass
class NaiveExchange:
    """`events`: (ts, order, event, quantity); `trades`: (ts, tick, quantity, maker order, taker order)."""

    conditions: MarketConditions
    ticks: int
    orders: dict[int, Order] = field(default_factory=dict)
    resting: list[Order] = field(default_factory=list)
    withdrawals: list[tuple[int, int, Order]] = field(default_factory=list)
    events: list[tuple[int, int, str, int]] = field(default_factory=list)
    trades: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    impact: float = 0.0
    impact_ts: int = 0
    placed: int = 0
    numbers: int = 0

    def day(self, flow: Intents) -> None:
        for row, intent in enumerate(flow):
            self._withdraw_due(int(intent["ts"]))
            self._carry_out(row, intent, flow)
        self._withdraw_due(self.conditions.start + 86_400_000_000 - 1)

    def _fair(self, ts: int) -> float:
        rules = self.conditions.rules
        self.impact *= 0.5 ** ((ts - self.impact_ts) / 1e6 / rules.impact_half_life)
        self.impact_ts = ts
        return float(self.conditions.fair[(ts - self.conditions.start) // STEP]) + self.impact

    def _side(self, side: int) -> list[Order]:
        """Best price first, at one price the oldest first."""
        return sorted((o for o in self.resting if o.side == side), key=lambda o: (-side * o.tick, o.age))

    def _withdraw_due(self, until: int) -> None:
        while True:
            due = sorted((w for w in self.withdrawals if w[0] <= until), key=lambda w: w[:2])
            if not due:
                return
            ts, _, order = due[0]
            self.withdrawals.remove(due[0])
            if order.resting:
                self._withdraw(order, ts, "expire" if order.expires and ts == order.due else "cancel")

    def _withdraw(self, order: Order, ts: int, event: str) -> None:
        order.resting = False
        self.resting.remove(order)
        self.events.append((ts, order.number, event, order.left))

    def _carry_out(self, row: int, intent: np.void, flow: Intents) -> None:
        ts, linked = int(intent["ts"]), self.orders.get(int(intent["link"]))
        if intent["action"] == Action.CANCEL:
            if linked and linked.resting:
                self._withdraw(linked, ts, "cancel")
            return
        if intent["action"] == Action.AMEND:
            if linked and linked.resting:
                self._amend(linked, ts, int(intent["quantity"]))
            return
        market = intent["action"] == Action.MARKET
        if intent["anchor"] == Anchor.LINK and not market and (linked is None or not linked.priced):
            return
        self._place(row, intent, flow, market=market)

    def _amend(self, order: Order, ts: int, quantity: int) -> None:
        if quantity > order.left:
            order.age = self.placed
            self.placed += 1
        order.left = quantity
        self.events.append((ts, order.number, "amend", quantity))

    def _place(self, row: int, intent: np.void, flow: Intents, *, market: bool) -> None:
        ts, side = int(intent["ts"]), int(intent["side"])
        fair, protection = self._fair(ts), self.conditions.rules.protection
        limit = self._clamp(int(fair * (1 + side * protection))) if market else self._price(intent, fair)
        lifetime = int(intent["lifetime"])
        due = NEVER if lifetime > NEVER - ts else ts + lifetime
        expires = bool(intent["expires"]) and lifetime != NEVER
        order = Order(
            row, int(intent["account"]), side, limit, int(intent["quantity"]), 0, due, expires, self.numbers, 0
        )
        order.priced = not market
        self.numbers += 1
        self.orders[row] = order
        self.events.append((ts, order.number, "new", order.left))
        self._take(order, ts, limit, flow)
        if not order.left:
            return
        if market or lifetime == 0:
            self.events.append((ts, order.number, "expire", order.left))
            return
        order.resting, order.age = True, self.placed
        self.placed += 1
        self.resting.append(order)
        if due != NEVER:
            self.withdrawals.append((due, row, order))
        delay, linked = int(intent["cancel_after_fill"]), self.orders.get(int(intent["link"]))
        if delay >= 0 and linked and linked.first_fill != NONE:
            self.withdrawals.append((ts + delay, row, order))

    def _price(self, intent: np.void, fair: float) -> int:
        side = int(intent["side"])
        own, other = self._side(side), self._side(-side)
        if intent["anchor"] == Anchor.LINK:
            anchor = self.orders[int(intent["link"])].tick
        elif intent["anchor"] == Anchor.OWN_BEST and own:
            anchor = own[0].tick
        elif intent["anchor"] == Anchor.OTHER_BEST and other:
            anchor = other[0].tick
        else:
            anchor = int(np.rint(fair + self.conditions.rules.tilt * self._imbalance()))
        tick = self._clamp(anchor - side * int(intent["offset"]))
        if intent["post_only"] and other and side * tick >= side * other[0].tick:
            tick = self._clamp(other[0].tick - side)
            if side * tick >= side * other[0].tick:
                tick = 1 if side > 0 else self.ticks - 2
        return tick

    def _imbalance(self) -> float:
        depth = []
        for side in (1, -1):
            queue = self._side(side)
            levels = list(dict.fromkeys(order.tick for order in queue))[:5]
            depth.append(sum(order.left for order in queue if order.tick in levels))
        bids, asks = depth
        return (bids - asks) / (bids + asks) if bids + asks else 0.0

    def _clamp(self, tick: int) -> int:
        return min(max(tick, 1), self.ticks - 2)

    def _take(self, taker: Order, ts: int, limit: int, flow: Intents) -> None:
        for maker in self._side(-taker.side):
            if not taker.left or taker.side * maker.tick > taker.side * limit:
                return
            lots = min(taker.left, maker.left)
            taker.left -= lots
            maker.left -= lots
            self.trades.append((ts, maker.tick, lots, maker.number, taker.number))
            for order in (maker, taker):
                self._first_fill(order, ts, flow)
            if not maker.left:
                maker.resting = False
                self.resting.remove(maker)
            self.impact += self.conditions.rules.impact * taker.side * lots

    def _first_fill(self, order: Order, ts: int, flow: Intents) -> None:
        if order.first_fill != NONE:
            return
        order.first_fill = ts
        for row in np.flatnonzero((flow["link"] == order.row) & (flow["cancel_after_fill"] >= 0)):
            watcher = self.orders.get(int(row))
            if watcher and watcher.resting:
                self.withdrawals.append((ts + int(flow["cancel_after_fill"][row]), int(row), watcher))
