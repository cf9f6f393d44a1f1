SELECT account_id, symbol, side, loss, epoch_us(ts) AS us FROM tape_liquidations WHERE epoch_us(ts) < $before_us
