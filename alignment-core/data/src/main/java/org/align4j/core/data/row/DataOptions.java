package org.align4j.core.data.row;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.web.Transfer;

/**
 * The files of a training run and how they are laid out: a group of options.
 *
 * @param form how the files are written
 */
@Heading("Data")
public record DataOptions(
        @Option(
                help =
                        "Rows to train on: .jsonl, .json, .csv, .tsv, each also .gz or .zst, .parquet; files, globs, hf:org/name:split, comma separated; 2*FILE takes its rows twice.")
        List<String> data,

        @Option(help = "Rows to evaluate on, instead of a part of the data.", defaultValue = "")
        List<String> evalData,

        @Option(
                help =
                        "Share of the rows to evaluate on; a larger one narrows intervals and leaves fewer rows to train on; no prompt is on both sides.",
                defaultValue = "0")
        double evalFraction,

        GuardOptions guard,

        @Option(help = "Layout of the rows; auto recognises it by the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        FileForm form) {
    /** The options for texts and tasks measured before and after training, to see what the model forgets. */
    public record GuardOptions(
            @Option(
                    help = "General text (.txt, or rows with text) whose perplexity is measured before and after.",
                    defaultValue = "")
            List<String> guardData,

            @Option(
                    help =
                            "Tasks (align eval) that are asked before and after, with a warning where fewer items are right.",
                    defaultValue = "")
            List<String> guardTasks) {
        /** Copies what may change. */
        public GuardOptions {
            guardData = List.copyOf(guardData);
            guardTasks = List.copyOf(guardTasks);
        }
    }

    /** Checks ranges, names of columns, and that only one option says what is evaluated on. */
    public DataOptions {
        data = List.copyOf(data);
        evalData = List.copyOf(evalData);
        columns = new Columns(columns).names();
        if (!(evalFraction >= 0 && evalFraction < 1)) {
            throw new InputException(
                    "eval-fraction is " + evalFraction + " but must be from 0 to below 1; 0.1 is usual.");
        }
        if (evalFraction > 0 && !evalData.isEmpty()) {
            throw new InputException("eval-data (" + String.join(",", evalData) + ") and eval-fraction (" + evalFraction
                    + ") both say what is evaluated on; drop one.");
        }
    }

    /**
     * Returns these options with one column called otherwise in the files.
     *
     * @param option the option that says so
     * @throws InputException where columns calls it otherwise again
     */
    public DataOptions withColumn(String option, String name, String inFile) {
        String known = columns.getOrDefault(name, inFile);
        if (!known.equals(inFile)) {
            throw new InputException(
                    option + " is " + inFile + " but columns says " + name + "=" + known + "; give one of them.");
        }
        Map<String, String> complete = new Columns(columns).with(name, inFile).names();
        return new DataOptions(data, evalData, evalFraction, guard, format, complete, form);
    }

    /** Returns these options with other files to train on. */
    public DataOptions withNames(List<String> names) {
        return new DataOptions(names, evalData, evalFraction, guard, format, columns, form);
    }

    /** The files to train on, and how they are read. */
    public RowSource source() {
        return RowSource.of("data", names(), format, new Columns(columns)).with(form);
    }

    /** The names of the files to train on, without their shares. */
    public List<String> names() {
        return shared().stream().map(SharedName::name).toList();
    }

    /** How often the rows of each file to train on are taken in an epoch, in the order of {@link #source}'s files. */
    public List<Double> shares() {
        List<Double> shares = new ArrayList<>();
        for (SharedName one : shared()) {
            DataFiles.resolve("data", List.of(one.name())).forEach(file -> shares.add(one.share()));
        }
        return shares;
    }

    private List<SharedName> shared() {
        return data.stream().map(item -> SharedName.parse("data", item)).toList();
    }

    /** The files to evaluate on, read the same way. */
    public RowSource evalSource() {
        return RowSource.of("eval-data", evalData, format, new Columns(columns)).with(form);
    }

    /** The files of general text. */
    public List<Path> guardFiles() {
        return DataFiles.resolve("guard-data", guard.guardData());
    }

    /** Downloads what of the data sets from the hub is missing. */
    public void download(Consumer<Transfer> follower) {
        for (List<String> names : List.of(names(), evalData, guard.guardData(), guard.guardTasks())) {
            DataFiles.download(names, follower);
        }
    }

    /** Returns these options with every glob and name replaced by the files that it stands for now: what config.yaml holds. */
    public DataOptions withFiles() {
        return new DataOptions(
                shared().stream()
                        .flatMap(one -> DataFiles.settle("data", List.of(one.name())).stream()
                                .map(name -> new SharedName(one.share(), name).written()))
                        .toList(),
                DataFiles.settle("eval-data", evalData),
                evalFraction,
                new GuardOptions(
                        DataFiles.settle("guard-data", guard.guardData()),
                        DataFiles.settle("guard-tasks", guard.guardTasks())),
                format,
                columns,
                form);
    }

    /**
     * A name of files with the share that their rows have in an epoch: {@code 2*a.jsonl} takes each row twice, {@code
     * 0.5*b.jsonl} half of the rows.
     *
     * @param share how often each row is taken
     * @param name a file, glob or data set from the hub
     */
    private record SharedName(double share, String name) {
        private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\*(.+)");
        private static final double MOST = 1000;

        /**
         * Reads a name that may have a share before it.
         *
         * @param option the option's name, for messages
         * @throws InputException where the share is out of range, or the whole is a glob that files match as well
         */
        static SharedName parse(String option, String item) {
            Matcher form = FORM.matcher(item.strip());
            if (!form.matches() || Files.exists(Path.of(item.strip()))) {
                return new SharedName(1, item);
            }
            double share = Double.parseDouble(form.group(1));
            if (!(share > 0 && share <= MOST)) {
                throw new InputException(
                        option + " has the share " + form.group(1) + " before " + form.group(2)
                                + " but a share must be above 0 and at most 1000; 2 takes each row twice, 0.5 half of the rows.");
            }
            List<Path> matched = DataFiles.matches(item.strip());
            if (!matched.isEmpty()) {
                throw new InputException(option + " has " + item.strip() + ", which may be " + form.group(1) + " times "
                        + form.group(2) + " or a pattern that " + matched.get(0) + " matches; write ./" + item.strip()
                        + " for the pattern, or name the file otherwise.");
            }
            return new SharedName(share, form.group(2));
        }

        /** Returns the name as it is written, its share before it. */
        String written() {
            boolean whole = share == Math.rint(share);
            return share == 1 ? name : (whole ? String.valueOf((long) share) : String.valueOf(share)) + "*" + name;
        }
    }
}
