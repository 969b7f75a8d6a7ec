package org.align4j.core.cli.model;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.export.PushedRun;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.hub.Hub;
import org.align4j.core.hub.HubPush;
import org.align4j.core.hub.HubPush.Plan;
import org.align4j.core.hub.HubPush.Pushed;
import org.align4j.core.hub.HubSettings;
import org.align4j.core.hub.PushedFile;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.options.Arguments;
import org.align4j.core.options.Option;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.Positional;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.ActivityBar;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.Transfer;
import org.jspecify.annotations.Nullable;

/** {@code align push}: a finished run as a model's repository on the hub, in one commit, with a card. */
public final class PushCommand extends NamedCommand<PushCommand.Options> {
    /** The options of {@code align push}. */
    public record Options(
            @Positional(
                    label = "RUN org/name",
                    help =
                            "A finished run's directory, and the repository that it goes to; one that isn't there is made.")
            List<String> what,

            @Option(
                    name = "private",
                    help = "Make the repository one that others don't see; refused where it is there and they do.")
            boolean hidden,

            @Option(help = "Push the model with the adapter merged in, instead of the adapter.")
            boolean merged,

            @Option(help = "Push GGUF files of these types too, each measured as align export does.", defaultValue = "")
            List<ExportCommand.Options.Held> gguf,

            @Option(help = "Do everything but send: list the files and what would be committed.")
            boolean dryRun) {

        /** Copies the lists. */
        public Options {
            what = List.copyOf(what);
            gguf = gguf.stream().distinct().toList();
            if (what.size() != 2) {
                throw new InputException(format(
                        "push takes a run and a repository, but %d words are given; as in: align push runs/courteous org/courteous",
                        what.size()));
            }
            HubPush.requireName(what.get(1));
        }

        Path run() {
            return Path.of(what.get(0));
        }

        String repository() {
            return what.get(1);
        }
    }

    private final Map<String, String> environment;
    private final Path home;
    private final Path cache;

    /** Made by the command line. */
    public PushCommand() {
        this(System.getenv(), Path.of(System.getProperty("user.home", ".")), CacheFolder.pushed());
    }

    PushCommand(Map<String, String> environment, Path home, Path cache) {
        super("push", "bring a finished run to the Hugging Face hub, in one commit, with a model card", Options.class);
        this.environment = environment;
        this.home = home;
        this.cache = cache;
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        PushedRun run = PushedRun.of(options.run(), options.merged());
        HubSettings settings = HubSettings.of(environment, home);
        HubPush hub = hub(options, settings);
        if (hub != null) {
            hub.check(options.hidden()); // a refusal comes before anything is merged
        }
        String key = options.run().toAbsolutePath().normalize() + " " + options.repository();
        Path aside = cache.resolve(Hashing.sha256()
                .hashString(key, StandardCharsets.UTF_8)
                .toString()
                .substring(0, 32));
        Folders.make(cache);
        try (LockFile lock = LockFile.tryTake(cache.resolve(aside.getFileName() + ".lock"))) {
            if (lock == null) {
                throw new InputException(format(
                        "%s is being pushed to %s by another process; wait for its end.",
                        options.run(), options.repository()));
            }
            Folders.deleteTree(aside); // of a push that was killed
            Folders.makePrivate(aside);
            try {
                List<PushedFile> files =
                        run.files(aside, gguf(options, aside, terminal), cards(settings, hub), ConsoleLog.of(terminal));
                run(options, hub, files, terminal);
            } finally {
                Folders.deleteTree(aside);
            }
        }
        return 0;
    }

    /** Returns the way to the hub; null for a dry run that can't ask it. */
    private @Nullable HubPush hub(Options options, HubSettings settings) {
        ServiceKey token = settings.token();
        if (options.dryRun() && (token == null || settings.offline())) {
            return null;
        }
        if (token == null) {
            throw new InputException(format(
                    "HF_TOKEN is not set, and %s holds no token; make one with write access at %s/settings/tokens and set it.",
                    HubSettings.tokenFile(environment, home), settings.endpoint()));
        }
        return new HubPush(settings, token, options.repository());
    }

    private static Function<String, Optional<JsonNode>> cards(HubSettings settings, @Nullable HubPush hub) {
        return hub == null ? model -> Optional.empty() : new Hub(settings, Transfer.UNHEARD)::cardHead;
    }

    /** Writes and measures GGUF files as {@code align export} does. */
    private static Map<Path, JsonNode> gguf(Options options, Path aside, Terminal terminal) throws IOException {
        Map<Path, JsonNode> written = new LinkedHashMap<>();
        String name = options.repository().replaceFirst(".*/", "");
        for (ExportCommand.Options.Held held : options.gguf()) {
            String type = GgufType.valueOf(held.name()).label();
            Path file = aside.resolve(name + "-" + held.name() + ".gguf");
            List<String> words = List.of(
                    "--model", options.run().toString(), "--to", "gguf", "--out", file.toString(), "--type", type);
            OptionsSpec<ExportCommand.Options> spec = OptionsSpec.of(ExportCommand.Options.class);
            new ExportCommand().run(Arguments.parse(spec, "align export", words).create(spec), terminal.forStep());
            written.put(file, Json.read(aside.resolve(file.getFileName() + ".json")));
        }
        return written;
    }

    private static void run(Options options, @Nullable HubPush hub, List<PushedFile> files, Terminal terminal) {
        Plan plan = hub == null ? null : hub.plan(files, options.hidden());
        List<PushedFile> changed = plan == null ? files : plan.changed();
        for (PushedFile file : files) {
            String state = plan == null || changed.contains(file)
                    ? "to commit"
                    : plan.equal().contains(file) ? "as there" : "stays there as it is";
            terminal.print(format("%,15d bytes  %s  %s", file.size(), file.path(), state));
        }
        if (plan != null && plan.keepsCard()) {
            terminal.log(
                    options.repository()
                            + " has a README.md that somebody wrote or changed there, so it stays; delete it to have the run's card.");
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("repository", options.repository());
        result.put("files", documents(files, changed));
        if (options.dryRun()) {
            result.put("compared", plan != null);
            terminal.print(
                    plan == null
                            ? "nothing was sent, and without a token nothing was compared with the hub"
                            : plan.made()
                                    ? "nothing was sent; the repository would be made"
                                    : "nothing was sent; the repository is there");
        } else if (hub != null) {
            terminal.log("uploading by Git LFS, without Xet");
            Pushed pushed;
            try (ActivityBar bar = new ActivityBar(terminal)) {
                String message = format(
                        "Push of %s with Align4J",
                        options.run().toAbsolutePath().normalize().getFileName());
                pushed = hub.push(
                        files,
                        options.hidden(),
                        message,
                        transfer -> bar.show("push", transfer.done(), transfer.bytes(), false));
            }
            result.put("url", pushed.page());
            result.put("made", pushed.made());
            result.put("committed", pushed.committed());
            result.put("commit", pushed.commit());
            terminal.print(
                    pushed.committed()
                            ? "committed " + pushed.commit() + " to " + pushed.page()
                            : "nothing to commit: " + pushed.page() + " has these bytes already");
        }
        terminal.result(result);
    }

    private static List<Map<String, Object>> documents(List<PushedFile> files, List<PushedFile> changed) {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (PushedFile file : files) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("path", file.path());
            document.put("bytes", file.size());
            document.put("sha256", file.sha256());
            document.put("to_commit", changed.contains(file));
            documents.add(document);
        }
        return documents;
    }
}
