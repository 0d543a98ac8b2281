// Asks the arithmetic of the verifier in JavaScript: one question a line of JSON, one answer a line. Masses are texts.

import { createInterface } from "node:readline";

const modules = new URL("../../api/web/static/verifier/evidence/", import.meta.url);
const load = (name) => import(new URL(`${name}.js`, modules));
const [assess, codes, lanes, model, quantity, recycled, routes, statement] = await Promise.all(
  ["assess", "codes", "lanes", "model", "quantity", "recycled", "routes", "statement"].map(load),
);

const big = (texts) => texts.map(BigInt);

function routeOf({ origin, known, reason, stages }) {
  return routes.routeOf(origin, stages, known, reason);
}

function subjectOf(said) {
  const listed = said.routes.map(([element, masses]) => [
    element,
    new Map(masses.map(([route, mass]) => [routeOf(route), BigInt(mass)])),
  ]);
  return model.subjectOf({
    ...said,
    composition: new Map(said.composition),
    elements: new Map(said.elements.map(([element, mass]) => [element, BigInt(mass)])),
    routes: new Map(listed),
    owners: new Map(said.owners),
  });
}

function judged(subject, verdicts) {
  return {
    statement: statement.statement(subject),
    recycled: Object.fromEntries(recycled.recycled(subject)),
    completeness: recycled.completeness(subject),
    open: recycled.openCells(subject),
    verdicts: verdicts.map(assess.verdictAsJson),
  };
}

const QUESTIONS = {
  apportion: ({ total, weights }) => quantity.apportion(BigInt(total), big(weights)).map(String),
  ppm: ({ weights }) => quantity.toPpm(big(weights)),
  mass: ({ mass }) => quantity.formatMass(mass),
  judge: ({ subject, context }) => {
    const read = subjectOf(subject);
    return judged(read, assess.assess(read, context));
  },
  union: ({ subjects, context }) => {
    const read = subjects.map(subjectOf);
    return judged(model.combine("union", read), assess.assessAssembly(read, context));
  },
  // A route by its number, after some places and sales: what is worked out once is worked out rightly.
  stamps: ({ starts, turns }) => {
    const table = new codes.Codes();
    let numbers = starts.map((route) => table.number(routeOf(route)));
    for (const { where, step, formed, sold } of turns) {
      const one = new Map(numbers.map((number, place) => [number, BigInt(place)]));
      const stamp = table.stamp(where, step, formed);
      numbers = numbers.map((number) => {
        const [after] = table.merged(new Map([[number, one.get(number)]]), stamp).keys();
        return sold ? [...table.sold(new Map([[after, 1n]])).keys()][0] : after;
      });
    }
    return numbers.map((number) => table.route(number).key);
  },
  // What ways with given shares come to, by element: element -> [number, weight].
  weigh: ({ elements, ways, shares }) => {
    const places = new lanes.Lanes(elements);
    const packed = ways.map((way) => {
      const whole = new Map();
      for (const [number, weights] of way) {
        let sum = 0n;
        [...places.ones.values()].forEach((one, place) => {
          sum += one * BigInt(weights[place]);
        });
        whole.set(number, sum);
      }
      return [whole, null];
    });
    const unpacked = places.unpack(places.weigh(new codes.Codes(), packed, shares));
    return [...unpacked].map(([element, weights]) => [element, [...weights].map(([n, w]) => [n, String(w)])]);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ value: QUESTIONS[ask](question) })}\n`);
}
