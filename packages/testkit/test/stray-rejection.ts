/** A program: one scenario with an exporter that lets a rejection escape; prints what the contract says. */
import { reportOf } from './toy-contract.ts';
import { sending } from './toy-exporter.ts';

const careless = sending((honest, payload, options) => {
  void Promise.reject(new Error('nobody listens'));
  return honest(payload, options);
});

void reportOf(careless, 'delivers every item exactly once').then((report) => console.log(report));
