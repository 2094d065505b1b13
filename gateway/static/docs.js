"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];
const DEPTH_MAX = 6;
const NEEDED = "needed";
const OPTIONAL = "optional";
let components = {};

/** make("td.type", "text", child): an element; text is never markup. */
function make(kind, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length > 0) element.className = classes.join(" ");
  element.append(...children.filter((child) => child !== null));
  return element;
}

function resolve(schema) {
  if (!schema.$ref) return schema;
  return components[schema.$ref.split("/").pop()] ?? {};
}

function typeText(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" | ");
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeText).join(", ")}]`;
  if (schema.type === "array") return `${typeText(schema.items || {})}[]`;
  return [schema.type].flat().filter(Boolean).join(" | ") || "any";
}

/** The object types within a schema: they are shown unfolded below the field. */
function objectsOf(schema) {
  if (schema.anyOf) return schema.anyOf.flatMap(objectsOf);
  if (schema.type === "array" && schema.items) return objectsOf(schema.items);
  return resolve(schema).properties ? [schema] : [];
}

function bounds(schema) {
  const said = [];
  if (schema.minimum !== undefined || schema.maximum !== undefined) {
    said.push(`${schema.minimum ?? "…"} to ${schema.maximum ?? "…"}`);
  }
  if (schema.minLength !== undefined && schema.maxLength !== undefined) {
    said.push(`${schema.minLength} to ${schema.maxLength} characters`);
  } else if (schema.maxLength !== undefined) {
    said.push(`at most ${schema.maxLength} characters`);
  }
  if (schema.default !== undefined && schema.default !== null) {
    said.push(`default ${JSON.stringify(schema.default)}`);
  }
  return said.join(", ");
}

function described(schema) {
  const own = schema.anyOf ? { ...schema.anyOf.find((one) => one.type !== "null"), ...schema } : schema;
  return [own.description, bounds(own)].filter(Boolean).join("; ");
}

/** `mark` is what stands beside the name: "needed" in a request, "optional" in an answer. */
function fieldRow(name, schema, mark, depth) {
  const last = make("td", described(schema));
  for (const one of depth < DEPTH_MAX ? objectsOf(schema) : []) {
    const nested = make("div.nested", fieldTable(resolve(one), mark.wanted, depth + 1));
    last.append(make("details", make("summary", typeText(one)), nested));
  }
  return make("tr", make("td", make("span.name", name), mark.shown ? make("span.mark-text", mark.wanted) : null),
    make("td.type", typeText(schema)), last);
}

function fieldTable(schema, wanted, depth = 0) {
  const required = new Set(schema.required || []);
  const rows = Object.entries(schema.properties || {}).map(([name, field]) =>
    fieldRow(name, field, { wanted, shown: required.has(name) === (wanted === NEEDED) }, depth));
  return make("table", make("tbody", ...rows));
}

function bodyOf(holder) {
  return holder?.content?.["application/json"]?.schema ?? null;
}

function schemaSection(title, schema, wanted) {
  if (schema === null) return [];
  const objects = objectsOf(schema);
  const heading = make("h4", `${title}: `, make("code", typeText(schema)));
  if (objects.length === 0) return [heading];
  return [heading, ...objects.map((one) => fieldTable(resolve(one), wanted))];
}

function accessText(security) {
  if (security.length === 0) return "public";
  return security.length === 1 ? "access token" : "access token or API key";
}

function exampleOf(schema, depth = 0) {
  const known = resolve(schema);
  if (known.const !== undefined) return known.const;
  if (known.enum) return known.enum[0];
  if (known.examples) return known.examples[0];
  if (known.anyOf) return exampleOf(known.anyOf[0], depth);
  if (known.type === "array") return [exampleOf(known.items || {}, depth + 1)];
  if (known.properties && depth < DEPTH_MAX) {
    const required = known.required || Object.keys(known.properties);
    return Object.fromEntries(required.map((name) => [name, exampleOf(known.properties[name], depth + 1)]));
  }
  return { integer: 1, boolean: false, number: 0 }[known.type] ?? "";
}

function curl(method, path, operation) {
  const lines = [`curl -X ${method.toUpperCase()} ${location.origin}${path}`];
  if (operation.security.length > 0) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  const body = bodyOf(operation.requestBody);
  if (body) lines.push(`-d '${JSON.stringify(exampleOf(body))}'`);
  return lines.join(" \\\n  ");
}

function routeSection(method, path, operation) {
  const inside = make("div.inside", make("p", operation.summary));
  const parameters = operation.parameters || [];
  if (parameters.length > 0) {
    const rows = parameters.map((one) => fieldRow(one.name, one.schema, { wanted: NEEDED, shown: one.required }, 0));
    inside.append(make("h4", "Parameters"), make("table", make("tbody", ...rows)));
  }
  inside.append(...schemaSection("Body", bodyOf(operation.requestBody), NEEDED));
  const [done] = Object.keys(operation.responses).filter((status) => status.startsWith("2")).sort();
  inside.append(...schemaSection("Answer", bodyOf(operation.responses[done]), OPTIONAL));
  const answers = Object.entries(operation.responses).map(([status, one]) =>
    make("span", make("span.status", status), one.description));
  inside.append(make("h4", "Status"), make("div.answers", ...answers));
  inside.append(make("details", make("summary", "curl"), make("pre", curl(method, path, operation))));
  const heading = make("h3", make(`span.method.${method}`, method.toUpperCase()), make("span.path", path),
    make("span.access", accessText(operation.security)));
  const section = make("section.route", heading, inside);
  section.id = operation.operationId;
  section.dataset.text = section.textContent.toLowerCase();
  return section;
}

function contentsLink(method, path, operation) {
  const link = make("a", make(`span.method.${method}`, method.toUpperCase()),
    make("span.path", path.replace("/api/v1", "")));
  link.href = `#${operation.operationId}`;
  link.title = operation.summary;
  return link;
}

function filter(routes, contents, wanted) {
  for (const section of routes.querySelectorAll(".route")) {
    section.hidden = !section.dataset.text.includes(wanted);
    contents.querySelector(`a[href="#${section.id}"]`).hidden = section.hidden;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = group.querySelector(".route:not([hidden]), a:not([hidden])") === null;
  }
}

function render(openapi) {
  components = openapi.components.schemas;
  const routes = document.getElementById("routes");
  const contents = document.getElementById("contents");
  document.getElementById("version").textContent = openapi.info.version;
  routes.replaceChildren(make("p.lead", openapi.info.description));
  for (const { name } of openapi.tags) {
    const section = make("div", make("h2.tag", name));
    const links = make("div", make("h2", name));
    section.dataset.group = links.dataset.group = name;
    for (const [path, operations] of Object.entries(openapi.paths)) {
      for (const method of METHODS.filter((one) => operations[one]?.tags.includes(name))) {
        section.append(routeSection(method, path, operations[method]));
        links.append(contentsLink(method, path, operations[method]));
      }
    }
    routes.append(section);
    contents.append(links);
  }
  const search = document.getElementById("search");
  search.addEventListener("input", () => filter(routes, contents, search.value.trim().toLowerCase()));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

fetch("/api/v1/openapi.json")
  .then((answer) => answer.json())
  .then(render)
  .catch((error) => {
    document.getElementById("routes").replaceChildren(make("p", `The reference could not be loaded: ${error}`));
  });
