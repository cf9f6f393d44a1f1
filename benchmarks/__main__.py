"""`python -m benchmarks`: the example by halves, another team's generator, then speed at three sizes."""

from benchmarks import amlsim, hop_halves, scale

hop_halves.main()
amlsim.main()
scale.main([])
