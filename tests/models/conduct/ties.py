"""At which thresholds the accounts of `planted` stand that act at one, by typology."""

from __future__ import annotations

TIES = {
    "self_trading": ("midnight", "rest_seconds", "size_tolerance", "withdrawn"),
    "wash_trading": (
        "midnight",
        "gap_seconds",
        "size_tolerance",
        "least_with_partner",
        "least_way_share",
        "habit_days",
        "opposite gap",
        "usual size",
        "rare",
    ),
    "spoofing": (
        "midnight",
        "size_ratio",
        "withdrawal_seconds",
        "spacing",
        "unfilled_share",
        "least_rest_seconds",
        "split size_ratio",
        "split withdrawal_seconds",
        "wave_days",
    ),
    "layering": (
        "midnight",
        "size_ratio",
        "withdrawal_seconds",
        "spacing",
        "unfilled_share",
        "least_levels",
        "split size_ratio",
    ),
    "quote_stuffing": ("midnight", "least_messages", "merge_seconds", "fill_share", "least_history"),
    "front_running": ("midnight", "share", "lead_seconds", "close_minutes", "closed_share"),
    "pump_and_dump": (
        "midnight",
        "rise",
        "least_buyers",
        "insider_minutes",
        "dump_minutes",
        "sold_share",
        "chunk_seconds",
    ),
}
