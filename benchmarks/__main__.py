from benchmarks import amlsim

amlsim.main()
