/* Elements from plain data, changed in place: focus, selections and what was typed stay while values move.

   Text becomes text nodes only; nothing here reads markup. */

const made = new WeakMap(); // an element or text node: what it was made of

/* A node to be. Children are nodes, texts, lists of them; null, false and "" are left out.
   `key` in the properties keeps an element with what it stands for when its neighbours come and go. */
export function h(tag, properties, ...children) {
    const { key, ...rest } = properties || {};
    return { tag, key, properties: rest, children: flat(children) };
}

function flat(children) {
    return children.flat(Infinity)
            .filter(child => child !== null && child !== undefined && child !== false && child !== "");
}

/* Make the page show these nodes. */
export function show(root, nodes) {
    const active = document.activeElement;
    const section = active && active.closest("section");
    patch(root, flat([nodes]));
    if (!active || active === document.activeElement)
        return;
    const target = active.isConnected ? active : section?.isConnected && section.querySelector("h2");
    if (target)
        target.focus();
}

function patch(parent, wanted) {
    const keys = keysOf(wanted);
    const there = new Map([...parent.childNodes].map(node => [made.get(node)?.place, node]));
    for (const [place, node] of there) {
        if (!keys.includes(place))
            node.remove();
    }
    wanted.forEach((item, index) => {
        const node = there.get(keys[index]) || create(item);
        update(node, item, keys[index]);
        if (parent.childNodes[index] !== node)
            parent.insertBefore(node, parent.childNodes[index] || null);
    });
}

/* Each child's place: its key, else its kind, and its number among those that are called the same. */
function keysOf(wanted) {
    const counts = new Map();
    return wanted.map(item => {
        const kind = item.tag || "#text";
        const name = item.key === undefined ? kind : `${kind} ${item.key}`;
        counts.set(name, (counts.get(name) || 0) + 1);
        return `${name}#${counts.get(name)}`;
    });
}

function create(item) {
    return item.tag ? document.createElement(item.tag) : document.createTextNode("");
}

function update(node, item, place) {
    const before = made.get(node);
    made.set(node, { place, item });
    if (!item.tag) {
        if (node.data !== String(item))
            node.data = String(item);
        return;
    }
    patch(node, item.children); // first: the value of a select needs its options
    const old = before ? before.item.properties : {};
    for (const name of new Set([...Object.keys(old), ...Object.keys(item.properties)])) {
        if (old[name] !== item.properties[name])
            set(node, name, item.properties[name]);
    }
}

/* Properties whose attribute says only how they began; that of a progress bar says all. */
const LIVE = ["value", "checked", "open"];

function set(element, name, value) {
    if (name.startsWith("on"))
        element[name] = value || null;
    else if (LIVE.includes(name) && name in element && element.tagName !== "PROGRESS")
        element[name] = value ?? "";
    else if (value === undefined || value === null || value === false)
        element.removeAttribute(name);
    else
        element.setAttribute(name, value === true ? "" : value);
}
