// Shows /openapi.json. Everything is written as text, never as markup, so nothing in the document can run.

const element = (name, text, ...classes) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  made.classList.add(...classes);
  return made;
};

const typeOf = (schema) => {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(", ");
  return schema.type || "any";
};

const table = (head, rows) => {
  const made = element("table");
  const top = made.createTHead().insertRow();
  head.forEach((name) => top.append(element("th", name)));
  const body = made.createTBody();
  rows.forEach((cells) => {
    const row = body.insertRow();
    cells.forEach((cell) => row.append(element("td", cell)));
  });
  return made;
};

const contents = (content) =>
  Object.entries(content || {}).map(([kind, said]) => `${kind}: ${typeOf(said.schema)}`).join("; ");

const operation = (path, method, said) => {
  const box = element("details");
  const line = element("summary");
  line.append(element("span", method.toUpperCase(), "method"), element("code", path), ` ${said.summary || ""}`);
  if (said.security) line.append(element("span", "token", "locked"));
  box.append(line);
  const inner = element("div");
  inner.tabIndex = 0; // what is wider than a phone is scrolled by keyboard too
  (said.description || "").split("\n\n").forEach((part) => inner.append(element("p", part)));
  if (said.parameters) {
    inner.append(element("h3", "Parameters"), table(["Name", "In", "Type", "Says"], said.parameters.map((each) =>
      [each.name + (each.required ? " *" : ""), each.in, typeOf(each.schema), each.description || each.schema.description || ""])));
  }
  if (said.requestBody) inner.append(element("h3", "Body"), element("p", contents(said.requestBody.content)));
  inner.append(element("h3", "Answers"), table(["Status", "Says", "Content"], Object.entries(said.responses).map(
    ([status, each]) => [status, each.description || "", contents(each.content)])));
  box.append(inner);
  box.dataset.words = `${method} ${path} ${said.summary} ${said.operationId} ${said.description}`.toLowerCase();
  return box;
};

const schema = (name, said) => {
  const box = element("details");
  const line = element("summary");
  line.append(element("code", name));
  box.append(line);
  const inner = element("div");
  inner.tabIndex = 0; // what is wider than a phone is scrolled by keyboard too
  inner.append(element("p", said.description || ""));
  const needed = new Set(said.required || []);
  inner.append(table(["Member", "Type", "Says"], Object.entries(said.properties || {}).map(
    ([member, each]) => [member + (needed.has(member) ? " *" : ""), typeOf(each), each.description || ""])));
  box.append(inner);
  box.dataset.words = `${name} ${said.description || ""}`.toLowerCase();
  return box;
};

const show = (api) => {
  document.getElementById("summary").textContent = `${api.info.summary} Version ${api.info.version}.`;
  const groups = new Map(api.tags.map((tag) => [tag.name, { tag, boxes: [] }]));
  Object.entries(api.paths).forEach(([path, methods]) =>
    Object.entries(methods).forEach(([method, said]) =>
      groups.get(said.tags[0]).boxes.push(operation(path, method, said))));
  const main = document.getElementById("operations");
  api.info.description.split("\n\n").forEach((part) => main.append(element("p", part)));
  groups.forEach(({ tag, boxes }) => main.append(element("h2", tag.name), element("p", tag.description), ...boxes));
  const schemas = document.getElementById("schemas");
  Object.entries(api.components.schemas).sort().forEach(([name, said]) => schemas.append(schema(name, said)));
};

document.getElementById("find").addEventListener("input", (event) => {
  const word = event.target.value.trim().toLowerCase();
  document.querySelectorAll("details").forEach((box) => box.classList.toggle("hidden", !box.dataset.words.includes(word)));
});

fetch("/openapi.json").then((answer) => answer.json()).then(show).catch(() => {
  const summary = document.getElementById("summary");
  summary.textContent = summary.dataset.failed;
});
