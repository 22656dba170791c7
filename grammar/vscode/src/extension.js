// Starts `remit lsp` for policies, and hands over what an editor has beside it.

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

/** The words that start the server, with the folder that is open in them. */
function command() {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const words = vscode.workspace.getConfiguration("remit").get("command", ["remit", "lsp"]);
  return words.map((word) => word.replaceAll("${workspaceFolder}", folder));
}

async function start() {
  const [program, ...args] = command();
  const options = {
    documentSelector: [
      { language: "remit", scheme: "file" },
      { language: "remit", scheme: "untitled" },
    ],
    synchronize: {
      fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{remit,json}"),
    },
  };
  const server = { command: program, args, transport: TransportKind.stdio };
  client = new LanguageClient("remit", "remit", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const said = `remit: \`${[program, ...args].join(" ")}\` does not start (${error.message}). `;
    const help = "Install it with pip install 'remit[lsp]', or say in the setting remit.command where it is.";
    vscode.window.showErrorMessage(said + help);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.dispose();
}

async function restart() {
  await stop();
  await start();
}

/** Runs the tests of the policy that a file is part of, and says how they came out. */
async function runTests() {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  if (client === undefined || uri === undefined) {
    return;
  }
  const done = await client.sendRequest("workspace/executeCommand", {
    command: "remit.runTests",
    arguments: [uri],
  });
  if (done.refusal) {
    vscode.window.showWarningMessage(`remit: ${done.refusal}`);
  } else if (done.failed.length > 0) {
    vscode.window.showWarningMessage(`remit: ${done.passed} passed, ${done.failed.join("; ")}`);
  } else {
    vscode.window.showInformationMessage(`remit: ${done.passed} passed`);
  }
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("remit.restart", restart),
    vscode.commands.registerCommand("remit.runAllTests", runTests),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("remit.command")) {
        await restart();
      }
    }),
  );
  await start();
};

exports.deactivate = stop;
