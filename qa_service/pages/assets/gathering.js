// Files as people hand them over: dropped with their folders, pasted, or chosen.

/**
 * Gather what is dropped on `zone`, pasted anywhere, or chosen; `onFiles({files, others})` gets the files to add and how
 * many of other kinds lay in folders. In folders only files of these endings are wanted, and hidden ones never; what
 * someone picks by itself is for the service to judge.
 */
export function gather(zone, pickers, endings, onFiles) {
  for (const [button, input] of pickers) {
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const paths = [...input.files].map((file) => ({ file, path: file.webkitRelativePath }));
      onFiles(sorted(paths, endings));
      input.value = ""; // so that the same files can be chosen once more
    });
  }
  listen(zone, async (transfer) => onFiles(sorted(await filesOf(transfer), endings)));
}

function listen(zone, onTransfer) {
  const isWithFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (isOver) => zone.classList.toggle("over", isOver);
  // the whole page takes files: one that misses the field would otherwise be opened in the page's place
  addEventListener("dragover", (event) => {
    if (isWithFiles(event)) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      mark(true);
    }
  });
  addEventListener("dragleave", (event) => mark(event.relatedTarget !== null && isWithFiles(event)));
  addEventListener("drop", (event) => {
    if (isWithFiles(event)) {
      event.preventDefault();
      mark(false);
      onTransfer(event.dataTransfer);
    }
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length > 0) {
      event.preventDefault();
      onTransfer(event.clipboardData);
    }
  });
}

/** Return {file, path} for all that is handed over; what lies in a folder has a path with a stroke in it. */
async function filesOf(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  // both are read before anything is waited for: afterwards the transfer is empty
  const entries = items.map((item) => [item.webkitGetAsEntry?.(), item.getAsFile()]);
  const found = [];
  for (const [entry, file] of entries) {
    if (entry?.isDirectory) {
      found.push(...(await walk(entry)));
    } else if (file !== null) {
      found.push({ file, path: "" });
    }
  }
  return found;
}

async function walk(folder) {
  const found = [];
  const reader = folder.createReader();
  for (;;) {
    const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (entries.length === 0) {
      return found; // a folder is read by the hundred
    }
    for (const entry of entries) {
      if (entry.isDirectory && !entry.name.startsWith(".")) {
        found.push(...(await walk(entry)));
      } else if (entry.isFile) {
        const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
        if (file !== null) {
          found.push({ file, path: entry.fullPath });
        }
      }
    }
  }
}

function sorted(found, endings) {
  const files = [];
  let others = 0;
  for (const { file, path } of found) {
    const isInFolder = path.includes("/");
    const isHidden = path.split("/").some((part) => part.startsWith("."));
    if (!isInFolder || (isWanted(file.name, endings) && !isHidden)) {
      files.push(file);
    } else if (!isHidden) {
      others += 1;
    }
  }
  return { files, others };
}

function isWanted(name, endings) {
  const dot = name.lastIndexOf(".");
  return dot <= 0 || endings.has(name.slice(dot).toLowerCase());
}
