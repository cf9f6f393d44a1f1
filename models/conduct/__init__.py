"""Manipulative conduct on the tape: a SQL file per typology says what an act is, `repetition.sql` which acts count."""
