package org.align4j.core.cli.data;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.DataLines;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowOptions;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.doctor.CleanRows;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.DoctorFiles;
import org.align4j.core.doctor.DoctorFiles.Document;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.ModelCheckOptions;
import org.align4j.core.doctor.ModelCheckSource;
import org.align4j.core.doctor.ModelTexts;
import org.align4j.core.doctor.Schema;
import org.align4j.core.doctor.Secrets;
import org.align4j.core.doctor.SharedDoctor;
import org.align4j.core.doctor.SharedDoctor.Asked;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.hub.ModelFolder;
import org.align4j.core.shards.ShardCluster;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align doctor}: what is wrong with preference data, which rows show it, and the data without them. */
public final class DoctorCommand extends NamedCommand<DoctorOptions> {
    private static final int FAILED = 1;

    private static final String NO_ENGINE =
            "Note: the model's template and tokenizer are tried, but the model itself is not asked, since PyTorch is"
                    + " not here: policy-distance, label-noise by a reward and forecast are made by align doctor of the"
                    + " whole Align4J (align4j-VERSION.zip, or alignment-core on the class path). --model-rows 0 leaves"
                    + " this note out.";

    /** Reasons why rows can't be used that are printed; findings.jsonl has every row. */
    private static final int REASONS = 5;

    /** Names the command. */
    public DoctorCommand() {
        super("doctor", "examine preference data before training", DoctorOptions.class);
    }

    @Override
    public int run(DoctorOptions options, Terminal terminal) throws IOException {
        Set<String> languages = options.detectedLanguages();
        if (options.executors().isUsed()) {
            return share(options, languages, terminal);
        }
        Logs logs = logs(options, terminal);
        @Nullable DoctorFiles files = files(options, logs);
        Examination examination = examine(logs, languages, options, terminal);
        Map<String, Object> document = new LinkedHashMap<>(Document.of(examination));
        print(examination, terminal);
        if (files != null) {
            files.begin();
            document.putAll(cleaned(options, logs, examination, files, terminal));
            files.write(examination);
            terminal.print("Page: " + files.resolve(DoctorFiles.PAGE));
        }
        terminal.result(document);
        return options.findings().failOn().fails(examination.verdict()) ? FAILED : 0;
    }

    /** Has the rows examined by a cluster. */
    private static int share(DoctorOptions options, Set<String> languages, Terminal terminal) throws IOException {
        List<Path> inputs = new ArrayList<>();
        List<String> heldOut = names("eval-data", options.examined().evalData(), inputs);
        List<String> against = names("against", options.examined().against(), inputs);
        @Nullable
        DoctorFiles files = options.findings().out() == null
                ? null
                : DoctorFiles.in(options.findings().out(), inputs);
        if (files != null) {
            files.begin();
            files.dropFindings();
            files.dropCleanRows();
        }
        Asked asked = new Asked(
                heldOut,
                against,
                options.layout().format(),
                options.layout().columns(),
                options.layout().form(),
                languages);
        Examination examination = ShardCluster.find(options.executors())
                .examine(
                        options.executors(),
                        options.examined().data(),
                        asked,
                        options.findings().out(),
                        terminal::log);
        print(examination, terminal);
        terminal.print("not made on a cluster: " + String.join(", ", SharedDoctor.LEFT_OUT));
        if (files != null) {
            files.writeSummary(examination, options.examined().data());
            terminal.print("Page: " + files.resolve(DoctorFiles.PAGE));
        }
        terminal.result(Document.of(examination));
        return options.findings().failOn().fails(examination.verdict()) ? FAILED : 0;
    }

    private static List<String> names(String option, List<String> given, List<Path> inputs) {
        List<Path> files = given.isEmpty() ? List.of() : DataFiles.resolve(option, given);
        inputs.addAll(files);
        return files.stream().map(Path::toString).toList();
    }

    private static Map<String, Object> cleaned(
            DoctorOptions options, Logs logs, Examination examination, DoctorFiles files, Terminal terminal)
            throws IOException {
        if (options.findings().fix().isEmpty()) {
            files.dropCleanRows();
            return Map.of();
        }
        CleanRows.Counts counts = CleanRows.write(
                examination, options.findings().fix(), logs.data().source(), examination.firstRow(), files);
        terminal.print(format(
                "%,d rows in %s, %,d left out in %s",
                counts.clean(), files.resolve(CleanRows.CLEAN), counts.removed(), files.resolve(CleanRows.REMOVED)));
        Map<String, Object> document =
                new LinkedHashMap<>(ImmutableMap.of("clean", counts.clean(), "removed", counts.removed()));
        if (counts.masked() != null) {
            terminal.print(String.valueOf(counts.said()));
            document.put("masked", counts.masked());
        }
        return document;
    }

    private static Examination examine(Logs logs, Set<String> languages, DoctorOptions options, Terminal terminal)
            throws IOException {
        long rows = terminal.interactive() ? DataLines.count(logs.files()) : 0;
        try (Progress progress = terminal.progress("Rows", rows)) {
            @Nullable ModelTexts model = model(options, terminal);
            return Doctor.examine(logs, languages, options.settledThreads(), model, progress::advance);
        }
    }

    private static @Nullable ModelTexts model(DoctorOptions options, Terminal terminal) {
        if (options.asked().model() == null) {
            return null;
        }
        Path folder = ModelText.folder(options.asked().model(), terminal);
        Optional<ModelCheckSource> source = ModelCheckSource.find();
        ModelTexts texts =
                new ModelTexts(options.asked().template().encoder(folder), maxLength(options, folder, source));
        @Nullable ModelCheckOptions asked = options.modelChecks();
        if (asked == null) {
            return texts;
        }
        if (source.isEmpty()) {
            terminal.log(NO_ENGINE);
            return texts;
        }
        return texts.asking(source.get().check(asked, terminal));
    }

    /** The tokens that training gives a row: those that were asked for, else the usual ones as far as the model has positions. */
    private static int maxLength(DoctorOptions options, Path folder, Optional<ModelCheckSource> source) {
        Path config = folder.resolve("config.json");
        int positions = Files.isRegularFile(config)
                ? source.map(model -> model.maxPositions(config)).orElseGet(() -> ModelFolder.maxPositions(folder))
                : Integer.MAX_VALUE;
        return new RowOptions(options.asked().maxLength(), BadRows.DROP, TooLong.DROP)
                .rules(positions)
                .maxLength();
    }

    private static Logs logs(DoctorOptions options, Terminal terminal) {
        List<String> all = new ArrayList<>(options.examined().data());
        all.addAll(options.examined().evalData());
        all.addAll(options.examined().against());
        DataFiles.download(all, terminal);
        return new Logs(
                log(
                        "data",
                        options.examined().data(),
                        options.layout().format(),
                        options.layout().columns(),
                        options.layout().form()),
                options.examined().evalData().isEmpty()
                        ? null
                        : log(
                                "eval-data",
                                options.examined().evalData(),
                                options.layout().format(),
                                options.layout().columns(),
                                options.layout().form()),
                options.examined().against().isEmpty()
                        ? null
                        : log("against", options.examined().against(), RowFormat.AUTO, Columns.PLAIN, FileForm.PLAIN));
    }

    private static LogSource log(String option, List<String> names, RowFormat format, Columns columns, FileForm form) {
        return new LogSource(RowSource.of(option, names, format, columns).with(form));
    }

    private static @Nullable DoctorFiles files(DoctorOptions options, Logs logs) {
        return options.findings().out() == null
                ? null
                : DoctorFiles.in(options.findings().out(), logs.files());
    }

    private static void print(Examination examination, Terminal terminal) {
        terminal.print(format(
                "%s: %,d rows, %d checks",
                examination.verdict(),
                examination.rows(),
                examination.findings().size()));
        for (Level level : List.of(Level.RED, Level.AMBER)) {
            examination.findings().stream()
                    .filter(finding -> finding.level() == level)
                    .forEach(finding -> print(finding, examination.places(), terminal));
        }
        String green = String.join(
                ", ",
                examination.findings().stream()
                        .filter(finding -> finding.level() == Level.GREEN)
                        .map(Finding::id)
                        .toList());
        if (!green.isEmpty()) {
            terminal.print("green  " + green);
        }
        examination.finding("schema").ifPresent(schema -> unread(schema, terminal));
    }

    private static void unread(Finding schema, Terminal terminal) {
        if (schema.figures().get(Schema.UNREAD) instanceof Map<?, ?> keys) {
            terminal.print("not read: "
                    + keys.entrySet().stream()
                            .map(key -> key.getKey() + format(" (%,d rows)", ((Number) key.getValue()).longValue()))
                            .collect(Collectors.joining(", ")));
        }
        if (schema.figures().get(Schema.FURTHER) instanceof Number further) {
            terminal.print(format(
                    "%,d further rows, of objects with several judgements, were not examined; align convert makes a"
                            + " row of each.",
                    further.longValue()));
        }
    }

    private static void print(Finding finding, LogPlaces places, Terminal terminal) {
        String where = finding.sightings().isEmpty()
                ? ""
                : ", first " + said(finding.sightings().get(0), places);
        terminal.print(format("%-6s %s: %s%s", finding.level().label(), finding.id(), finding.said(), where));
        reasons(finding).forEach(reason -> terminal.print("       " + reason));
        terminal.print("       " + finding.advice());
    }

    /** Counts the rows that can't be used by their reasons, where there are several: the commonest first. */
    private static List<String> reasons(Finding finding) {
        Map<String, Long> counts = new LinkedHashMap<>();
        if (finding.id().equals("schema")) {
            finding.sightings().forEach(sighting -> counts.merge(String.valueOf(sighting.note()), 1L, Long::sum));
        }
        return counts.size() < 2
                ? List.of()
                : counts.entrySet().stream()
                        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                        .limit(REASONS)
                        .map(reason -> format("%,d rows: %s", reason.getValue(), Secrets.mask(reason.getKey())))
                        .toList();
    }

    private static String said(Sighting sighting, LogPlaces places) {
        LogPlaces.Place place = places.of(sighting.row());
        String note = sighting.note() == null ? "" : " (" + Secrets.mask(sighting.note()) + ")";
        return place.file() + ":" + place.line() + note;
    }
}
