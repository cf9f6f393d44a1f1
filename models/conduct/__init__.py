"""Manipulative conduct on the tape: one SQL file per typology says what an act is, `repetition.sql` which acts count."""
