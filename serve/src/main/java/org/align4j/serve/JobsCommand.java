package org.align4j.serve;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.train.TrainCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.machine.Natives;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.web.ServiceKey;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.leave.FetchSource;
import org.align4j.serve.leave.FetchedFolder;
import org.align4j.serve.leave.Fetching;
import org.align4j.serve.leave.JobImport;
import org.align4j.serve.leave.Service;
import org.jspecify.annotations.Nullable;

/** {@code align jobs}: jobs of hosted services as trainings on this machine. */
public final class JobsCommand extends NamedCommand<JobsCommand.Options> {
    /** The options of {@code align jobs}. */
    public record Options(
            @Positional(
                    label = "ACTION…",
                    help =
                            "import FILE: a job's document of a hosted service, or a folder of them, as options of ours. fetch: a service's files, jobs and models into a folder.")
            List<String> action,

            FetchOptions fetching,
            TrainOptions training) {
        /** Where documents come from. */
        public record FetchOptions(
                @Option(
                        help =
                                "Whose the document is; with fetch, openai or together, which is asked with the key in OPENAI_API_KEY or TOGETHER_API_KEY.",
                        unset = "auto")
                @Nullable
                Service from,

                @Option(help = "The folder to fetch into; one that was begun is gone on with.") @Nullable
                Path to,

                @Option(
                        help =
                                "The address to fetch from, in place of the service's and of OPENAI_BASE_URL or TOGETHER_BASE_URL.")
                @Nullable
                String baseUrl) {}

        /** What is trained by the document, and where. */
        public record TrainOptions(
                @Option(help = "Train by the document at once, as align sft and align dpo do.")
                boolean run,

                @Option(help = "The model to train, in place of the service's: a directory, or org/name on the hub.")
                @Nullable
                String model,

                @Option(
                        help =
                                "Rows to train on, in place of the service's file; found by itself where align jobs fetch left it.",
                        defaultValue = "")
                List<String> data,

                @Option(help = "Rows to evaluate on, in place of the service's validation file.", defaultValue = "")
                List<String> evalData,

                @Option(help = "The directory of the run; must be new or empty.") @Nullable
                Path out,

                @Option(
                        help = "Where to train: a GPU if there is one, the CPU, or a certain GPU.",
                        defaultValue = "auto")
                DeviceChoice device,

                @Option(
                        help =
                                "In what frozen weights are stored; auto is bf16 on GPU and on CPUs that are faster with it.",
                        defaultValue = "auto")
                DtypeChoice dtype,

                @Option(
                        help = "Threads of the training; more are faster, up to the free cores; auto is one per core.",
                        unset = "auto")
                @Nullable
                Integer threads) {
            /** Copies what may change. */
            public TrainOptions {
                data = List.copyOf(data);
                evalData = List.copyOf(evalData);
            }
        }

        /** Checks that the action is one. */
        public Options {
            action = List.copyOf(action);
            boolean fetch = action.equals(List.of("fetch"));
            if (!fetch && (action.size() != 2 || !action.get(0).equals("import"))) {
                throw new InputException(
                        "The action is \"" + String.join(" ", action) + "\" but must be import FILE, or fetch.");
            }
            if (fetch) {
                requireFetch(fetching.from(), fetching.to(), training.run());
            } else {
                requireImport(fetching.to(), fetching.baseUrl());
            }
            if (training.out() != null && !training.run()) {
                throw new InputException("out is given, but nothing is trained without --run; add it, or drop out.");
            }
        }
    }

    private static void requireFetch(@Nullable Service from, @Nullable Path to, boolean run) {
        if (from == null || to == null) {
            throw new InputException((from == null ? "from" : "to")
                    + " is missing; write align jobs fetch --from openai --to DIR, or --from together.");
        }
        FetchSource.of(from);
        if (run) {
            throw new InputException(
                    "run is given, but fetch trains nothing; then write align jobs import DIR/jobs/ID.json --run.");
        }
    }

    private static void requireImport(@Nullable Path to, @Nullable String baseUrl) {
        if (to != null || baseUrl != null) {
            throw new InputException((to == null ? "base-url" : "to")
                    + " is given, but import fetches nothing; drop it, or write align jobs fetch.");
        }
    }

    /** Names the command. */
    public JobsCommand() {
        super("jobs", "take jobs of hosted services over", Options.class);
    }

    @Override
    public int run(Options options, Terminal terminal) {
        return options.fetching().to() == null
                ? imported(options, terminal)
                : fetched(options, options.fetching().to(), terminal);
    }

    private static int fetched(Options options, Path to, Terminal terminal) {
        FetchSource source =
                FetchSource.of(Objects.requireNonNull(options.fetching().from()));
        Map<String, String> environment = System.getenv();
        URI base = source.base(options.fetching().baseUrl(), environment);
        ServiceKey key = ServiceKey.require(source.keyVariable(), source.keyVariable(), environment);
        Fetching.Fetched fetched = Fetching.fetch(source, base, key, to, terminal::log);
        Map<String, Object> document = new LinkedHashMap<>(fetched.counts());
        document.put("not_given", fetched.refused());
        document.put("shutdown_dates", fetched.ends());
        document.put("to", to.toString());
        terminal.result(document);
        fetched.refused()
                .forEach(each -> terminal.log("Not given: " + each.get("what") + " " + Shortened.of(each.get("id"))
                        + ": " + each.get("why") + "."));
        fetched.ends().stream()
                .filter(end -> String.valueOf(end.get("model")).startsWith("ft:"))
                .forEach(end -> terminal.print(Shortened.of(end.get("model")) + " answers until "
                        + Shortened.of(end.get("shutdown_date")) + " (" + end.get("from") + ")."));
        terminal.print(fetched.counts().entrySet().stream()
                        .map(count -> count.getKey() + " " + count.getValue())
                        .collect(Collectors.joining(", "))
                + " in " + to + ".");
        return 0;
    }

    private static int imported(Options options, Terminal terminal) {
        Path file = Path.of(options.action().get(1));
        List<Path> documents = Files.isDirectory(file) ? new FetchedFolder(file).documents() : List.of(file);
        if (options.training().run() && documents.size() > 1) {
            throw new InputException(file + " holds " + documents.size()
                    + " jobs, and --run trains by one; name its document, such as " + documents.get(0) + ".");
        }
        List<Map<String, Object>> answers = new ArrayList<>();
        for (Path document : documents) {
            JobImport job = read(document, options.fetching().from());
            JobImport.Given given = given(job, document, options);
            Map<String, Object> settled = job.options(given);
            if (options.training().run()) {
                return train(job, given, settled, options, terminal);
            }
            lines(document, job, given, settled).forEach(terminal::print);
            answers.add(document(document, job, given, settled));
        }
        terminal.result(Files.isDirectory(file) ? Map.of("jobs", answers) : answers.get(0));
        return 0;
    }

    private static JobImport read(Path file, @Nullable Service from) {
        try {
            return JobImport.read(Json.require(file), from);
        } catch (InputException wrong) {
            String message = String.valueOf(wrong.getMessage());
            throw message.contains(file.toString()) ? wrong : new InputException(file + ": " + message, wrong);
        }
    }

    private static JobImport.Given given(JobImport job, Path document, Options options) {
        FetchedFolder folder = FetchedFolder.of(document);
        return new JobImport.Given(
                options.training().model(),
                options.training().data().isEmpty()
                        ? folder.rows(job.asked().trainingFile())
                        : options.training().data(),
                options.training().evalData().isEmpty() && job.asked().validationFile() != null
                        ? folder.rows(job.asked().validationFile())
                        : options.training().evalData());
    }

    /** Prints a file for {@code --config}, with what else is to know as its comments. */
    private static List<String> lines(Path file, JobImport job, JobImport.Given given, Map<String, Object> settled) {
        List<String> lines = new ArrayList<>();
        lines.add("# " + job.service().label() + " job " + job.id() + " (" + file + "): align "
                + job.asked().method().command() + " --config THIS --out RUN");
        job.missing(given).forEach((option, theirs) -> lines.add("# Missing: --" + option + ", in place of " + theirs));
        job.asked().notes().forEach(note -> lines.add("# Changed: " + note));
        if (job.asked().learningRateMultiplier() != 1 && !settled.containsKey("learning-rate")) {
            lines.add("# The learning rate is a number once --model and --data are there.");
        }
        new TreeMap<>(job.leftOut()).forEach((field, why) -> lines.add("# Left out: " + field + ": " + why));
        JobRequest.yaml(settled).lines().forEach(lines::add);
        return lines;
    }

    private static Map<String, Object> document(
            Path file, JobImport job, JobImport.Given given, Map<String, Object> settled) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("file", file.toString());
        document.put("service", job.service().word());
        document.put("job", job.id());
        document.put("method", job.asked().method().command());
        document.put("options", settled);
        document.put("learning_rate_multiplier", job.asked().learningRateMultiplier());
        document.put("missing", job.missing(given));
        document.put("changed", job.asked().notes());
        document.put("left_out", new TreeMap<>(job.leftOut()));
        return document;
    }

    private static int train(
            JobImport job, JobImport.Given given, Map<String, Object> settled, Options options, Terminal terminal) {
        Map<String, String> missing = new LinkedHashMap<>(job.missing(given));
        if (options.training().out() == null) {
            missing.put("out", "");
        }
        if (!missing.isEmpty()) {
            List<String> wanted = new ArrayList<>();
            missing.forEach((name, theirs) ->
                    wanted.add("--" + name + (theirs.isEmpty() ? " (the run's directory)" : " in place of " + theirs)));
            throw new InputException("The training needs " + String.join(", ", wanted) + ".");
        }
        new TreeMap<>(job.leftOut()).forEach((field, why) -> terminal.log("Left out: " + field + ": " + why));
        Map<String, Object> all = new LinkedHashMap<>(settled);
        all.put("out", String.valueOf(options.training().out()));
        all.put("device", options.training().device().toString());
        all.put("dtype", options.training().dtype().name().toLowerCase(Locale.ROOT));
        if (options.training().threads() != null) {
            all.put("threads", options.training().threads());
        }
        Natives.prepare();
        return train(job.method(), all, terminal);
    }

    private static <O extends Record> int train(
            TrainingMethod<O> method, Map<String, Object> options, Terminal terminal) {
        return new TrainCommand<>(method).run(JobImport.parsed(method, options), terminal);
    }
}
