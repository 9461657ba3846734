// Brings a report to life. Everything is said in the page; only texts are put into it, no markup.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const data = JSON.parse(document.getElementById("data").textContent);
  root.classList.add("scripted");

  const made = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };

  // Colours: the reader's own, or the chosen ones.
  const themes = all("button[data-theme]");
  for (const button of themes) {
    button.addEventListener("click", () => {
      root.dataset.theme = button.dataset.theme;
      for (const one of themes) one.setAttribute("aria-pressed", String(one === button));
    });
  }

  // Chains: what leads to a node of the graph, and what it leads to.
  const ahead = new Map();
  const behind = new Map();
  const put = (map, key, value) => (map.get(key) ?? map.set(key, []).get(key)).push(value);
  for (const [source, target] of data.edges) {
    put(ahead, source, target);
    put(behind, target, source);
  }
  const reached = (map, start) => {
    const seen = new Set([start]);
    for (const node of seen) for (const next of map.get(node) ?? []) seen.add(next);
    return seen;
  };
  const chain = (source, target = source) =>
    new Set([...reached(behind, source), ...reached(ahead, target)]);

  const light = (section, element) => {
    const { node, source, target } = element.dataset;
    const lit = node ? chain(node) : chain(source, target);
    section.classList.add("lighting");
    for (const one of all("[data-node]", section)) one.classList.toggle("lit", lit.has(one.dataset.node));
    for (const one of all("[data-source]", section)) {
      one.classList.toggle("lit", lit.has(one.dataset.source) && lit.has(one.dataset.target));
    }
  };
  const unlight = (section) => {
    section.classList.remove("lighting");
    for (const one of all(".lit", section)) one.classList.remove("lit");
  };

  // Facts: of a line all that it leads to, of versions their own, of the clash what leaves none.
  const factsOf = (box) => {
    const node = box.dataset.node;
    if (box.matches(".cl-line, .cl-other")) return reached(ahead, node);
    return new Set([node, ...(box.matches(".cl-clash") ? behind.get(node) ?? [] : [])]);
  };
  const showFacts = (section, box) => {
    const facts = section.querySelector(".facts");
    if (!facts) return;
    const nodes = factsOf(box);
    for (const item of all("ol > li", facts)) item.hidden = !nodes.has(item.dataset.node ?? item.dataset.source);
    for (const one of all(".cl-box.chosen", section)) one.classList.remove("chosen");
    box.classList.add("chosen");
    facts.querySelector(".of").textContent = box.getAttribute("aria-label");
    facts.querySelector(".chosen").hidden = false;
    facts.open = true;
    facts.querySelector("summary").focus();
    facts.scrollIntoView({ block: "nearest" });
  };
  const showAllFacts = (section) => {
    const facts = section.querySelector(".facts");
    for (const item of all("ol > li", facts)) item.hidden = false;
    facts.querySelector(".chosen").hidden = true;
    const box = section.querySelector(".cl-box.chosen");
    box?.classList.remove("chosen");
    return box;
  };

  for (const section of all("section.conflict")) {
    const find = (event) => event.target.closest?.("[data-node], [data-source]");
    for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
      section.addEventListener(on, (event) => {
        const element = find(event);
        if (element) light(section, element);
      });
      section.addEventListener(off, () => unlight(section));
    }
    section.querySelector(".all")?.addEventListener("click", () => {
      showAllFacts(section);
      section.querySelector(".facts summary").focus();
    });
    section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") showAllFacts(section)?.focus();
    });
    const picture = section.querySelector(".view svg");
    picture.setAttribute("role", "group");
    for (const box of all(".cl-box", picture)) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "button");
      box.setAttribute("aria-label", box.querySelector("title").textContent.replaceAll("\n", ", "));
      box.addEventListener("click", () => showFacts(section, box));
      box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        showFacts(section, box);
      });
    }
  }

  // Pan and zoom: the picture is as wide as its scale says, and its frame scrolls.
  const SMALLEST = 0.6;
  const READABLE = 0.75;
  for (const view of all(".view")) {
    const picture = view.querySelector("svg");
    const natural = picture.viewBox.baseVal.width;
    const room = () => view.clientWidth - 26;
    let scale = 1;
    const zoom = (wanted) => {
      const before = scale;
      const middle = [view.scrollLeft + view.clientWidth / 2, view.scrollTop + view.clientHeight / 2];
      scale = Math.min(4, Math.max(0.1, wanted));
      picture.style.width = `${natural * scale}px`;
      const [x, y] = middle.map((at) => (at * scale) / before);
      view.scrollTo(x - view.clientWidth / 2, y - view.clientHeight / 2);
    };
    let chosen = false;
    const choose = (wanted) => {
      chosen = true;
      zoom(wanted);
    };
    const zooms = {
      in: () => choose(scale * 1.25),
      out: () => choose(scale / 1.25),
      fit: () => choose(Math.min(1, room() / natural)),
    };
    const keys = { "+": "in", "=": "in", "-": "out", 0: "fit" };
    for (const button of all("[data-zoom]", view.closest("figure"))) {
      button.addEventListener("click", zooms[button.dataset.zoom]);
    }
    view.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || !(event.key in keys)) return;
      event.preventDefault();
      zooms[keys[event.key]]();
    });
    view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      choose(scale * Math.exp(-event.deltaY / 400));
    }, { passive: false });
    view.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button || event.target.closest("text, .cl-box")) return;
      view.setPointerCapture(event.pointerId);
      view.classList.add("held");
    });
    view.addEventListener("pointermove", (event) => {
      if (view.classList.contains("held")) view.scrollBy(-event.movementX, -event.movementY);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      view.addEventListener(end, () => view.classList.remove("held"));
    }
    const show = () => {
      const fitting = Math.min(1, room() / natural);
      zoom(fitting < SMALLEST ? READABLE : fitting);
      // What does not fit shows the clash, where all chains end.
      const clash = picture.querySelector(".cl-clash")?.getBoundingClientRect();
      const middle = clash ? clash.x + clash.width / 2 - view.getBoundingClientRect().x : 0;
      view.scrollTo(Math.max(0, middle + view.scrollLeft - view.clientWidth / 2), 0);
    };
    show();
    window.addEventListener("resize", () => chosen || show());
  }

  // Fixes: what the chosen ones change, and whether just that was tried.
  const panel = document.getElementById("panel");
  const CONTEXT = 2;

  const edited = (choice) => {
    const edits = { texts: new Map(), added: new Map(), python: null, twice: false };
    const change = (map, key, value) => {
      if (map.has(key) && map.get(key) !== value) edits.twice = true;
      map.set(key, value);
    };
    for (const [menu, option] of choice.entries()) {
      for (const one of (option === null ? [] : data.menus[menu][option])) {
        if ("python" in one) edits.python = one.python;
        for (const line of one.lines ?? []) change(edits.texts, line, one.text);
        for (const line of one.after ?? []) put(edits.added, line, one.text);
      }
    }
    for (const [line, texts] of edits.added) edits.added.set(line, [...new Set(texts)]);
    return edits;
  };
  const same = (edits) => {
    const sorted = (map) => [...map].sort(([one], [other]) => one - other);
    return JSON.stringify([sorted(edits.texts), sorted(edits.added), edits.python]);
  };
  const tried = new Map(data.tried.map((one) => [same(edited(one.choice)), one]));

  const chosen = () =>
    data.menus.map((_, menu) => {
      const value = document.querySelector(`input[data-menu="${menu}"]:checked`)?.value ?? "";
      return value === "" ? null : Number(value);
    });
  const stateOf = (choice, edits) => {
    if (edits.twice) return "twice";
    if (choice.every((one) => one === null)) return "asked";
    if (tried.has(same(edits))) return "tried";
    return choice.includes(null) ? "open" : "untried";
  };

  const rowsOf = (line, edits) => {
    const [, number, text] = data.lines[line];
    const changed = edits.texts.has(line) && edits.texts.get(line) !== text;
    const rows = [{ text, number, kind: changed ? "old" : "kept" }];
    const becomes = changed ? edits.texts.get(line) : null;
    for (const added of [becomes, ...(edits.added.get(line) ?? [])]) {
      if (added !== null) rows.push({ text: added, number: null, kind: "new" });
    }
    return rows;
  };
  const rowElement = ({ text, number, kind }) => {
    const row = made("div", undefined, `row ${kind}`);
    const code = made("code");
    code.append(kind === "kept" ? text : made(kind === "old" ? "del" : "ins", text));
    row.append(made("span", number ?? "", "no"), code);
    return row;
  };
  const folded = (rows) => {
    const near = rows.map((_, at) =>
      rows.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((row) => row.kind !== "kept"));
    const list = made("div", undefined, "rows");
    for (let at = 0; at < rows.length; at += 1) {
      let end = at;
      while (end < rows.length && !near[end]) end += 1;
      if (end - at > 2) {
        const hidden = rows.slice(at, end).map(rowElement);
        const button = made("button", `${hidden.length} unchanged lines`);
        button.type = "button";
        button.addEventListener("click", () => button.replaceWith(...hidden));
        list.append(button);
        at = end - 1;
      } else {
        list.append(rowElement(rows[at]));
      }
    }
    return list;
  };

  const copied = async (text, list) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without that permission: what is selected is copied.
      const field = made("textarea", text);
      list.after(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  };
  const fileElement = (path, lines, edits) => {
    const rows = lines.flatMap((line) => rowsOf(line, edits));
    const file = made("div", undefined, "file");
    const heading = made("h3");
    const list = folded(rows);
    const copy = made("button", "Copy", "copy");
    copy.type = "button";
    copy.setAttribute("aria-label", `Copy the edited lines: ${path ?? panel.dataset.arguments}`);
    copy.addEventListener("click", async () => {
      const kept = rows.filter((row) => row.kind !== "old");
      await copied(kept.map((row) => `${row.text}\n`).join(""), list);
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
    heading.append(made("span", path ?? panel.dataset.arguments), copy);
    file.append(heading, list);
    return file;
  };

  const showEdits = () => {
    const choice = chosen();
    const edits = edited(choice);
    const state = stateOf(choice, edits);
    for (const one of all("[data-state]", panel)) one.hidden = one.dataset.state !== state;
    const byFile = new Map();
    for (const [line, [path]] of data.lines.entries()) put(byFile, path, line);
    const files = [...byFile].map(([path, lines]) => fileElement(path, lines, edits));
    if (edits.python !== null) files.unshift(rowElement({ text: `Python ${edits.python}`, number: null, kind: "new" }));
    document.getElementById("files").replaceChildren(...files);
    const installs = document.getElementById("installs");
    const versions = { ...data.installs, ...tried.get(same(edits))?.otherwise };
    const shown = Object.entries(versions).filter(([, version]) => version !== null).sort();
    installs.hidden = state !== "tried" || !shown.length;
    installs.querySelector("ul").replaceChildren(
      ...shown.map(([name, version]) => made("li", `${name} ${version}`)));
  };
  if (panel) {
    for (const input of all("input[data-menu]")) input.addEventListener("change", showEdits);
    showEdits();
  }

  // Filter: conflicts and projects in which all words occur.
  const filter = document.getElementById("filter");
  filter?.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const items = all("[data-filter]");
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    }
    for (const link of all("[data-for]")) link.hidden = document.getElementById(link.dataset.for).hidden;
    const left = items.filter((item) => !item.hidden).length;
    document.getElementById("found").textContent = words.length ? `${left} of ${items.length}` : "";
  });

  // On paper everything is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open], #installs)");
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();
