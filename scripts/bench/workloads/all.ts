/** Every workload that `make bench` can run, by name. */
import type { Workload } from '../workload.ts'
import { W2 } from './deliver.ts'
import { W1c, W1d } from './receive.ts'

export const workloads: readonly Workload[] = [W1c, W1d, W2]
