"""How well conduct is recognised on simulated worlds that nothing was chosen on, and what it costs."""
