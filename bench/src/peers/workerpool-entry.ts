/** The worker of `open-close`'s workerpool. */
import workerpool from 'workerpool';

workerpool.worker({ echo: (message: unknown) => message });
