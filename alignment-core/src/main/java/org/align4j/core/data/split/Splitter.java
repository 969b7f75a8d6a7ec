package org.align4j.core.data.split;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.weights.FileHash;

/**
 * Divides the rows of files into parts. A group goes where a seeded hash of what its rows share says, so that the same rows go the
 * same way whatever stands beside them, and rows that are added later move none.
 */
public final class Splitter {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final RowStream rows;
    private final DivisionRules rules;
    private final Map<String, Integer> leftOut = new LinkedHashMap<>();

    private Splitter(RowSource source, DivisionRules rules, IntConsumer watcher) {
        this.rows = new RowStream(source, watcher);
        this.rules = rules;
    }

    /**
     * Writes a file for each part, and {@code split.json}, into a folder that is new or empty.
     *
     * @param watcher told how many rows more were read; every row is read {@link DivisionRules#readings} times
     * @throws InputException where a row can't be read or lacks what is asked for, with file and line; nothing is written then
     */
    public static SplitOutcome split(RowSource source, DivisionRules rules, Path out, IntConsumer watcher)
            throws IOException {
        Path folder = OutputFile.folderBehindLinks(out);
        requireFresh(out, folder);
        Splitter splitter = new Splitter(source, rules, watcher);
        Placing placing = splitter.prepare();
        Folders.makeParent(folder);
        SplitOutcome[] outcome = new SplitOutcome[1];
        AtomicDirectory.replace(folder, aside -> {
            outcome[0] = splitter.write(placing, aside);
            FreshFile.write(aside.resolve("split.json"), JSON.writeValueAsBytes(outcome[0].document()));
        });
        return outcome[0];
    }

    private static void requireFresh(Path asked, Path folder) throws IOException {
        if (Files.exists(folder)
                && (!Files.isDirectory(folder) || !Folders.list(folder).isEmpty())) {
            throw new InputException("out is " + asked + ", which is "
                    + (Files.isDirectory(folder) ? "not empty" : "a file") + "; give a new or empty directory.");
        }
    }

    private Placing prepare() {
        if (rules.badRows() == BadRows.DROP) {
            boolean parsed = rules.by().byPrompt();
            leftOut.putAll(rows.leaveOutBad(parsed, (origin, fields) -> Placing.requireFields(rules, origin, fields)));
        }
        Integer most = rules.capPerUser();
        if (most != null) {
            int capped = UserCap.apply(rows, most, rules.seed());
            if (capped > 0) {
                leftOut.put("more than " + most + " rows of one user", capped);
            }
        }
        return Placing.of(rows, rules);
    }

    private SplitOutcome write(Placing placing, Path folder) throws IOException {
        List<String> names = rules.fractions().names();
        List<PartFile> files = new ArrayList<>();
        List<SplitOutcome.Part> parts = new ArrayList<>();
        try {
            for (String name : names) {
                files.add(new PartFile(folder.resolve(name + ".jsonl")));
            }
            fill(placing, files);
            for (int part = 0; part < files.size(); part++) {
                parts.add(files.get(part)
                        .finish(names.get(part), rules.fractions().shares().get(part)));
            }
        } finally {
            for (PartFile file : files) {
                file.close();
            }
        }
        int used = parts.stream().mapToInt(SplitOutcome.Part::rows).sum();
        int all = used + leftOut.values().stream().mapToInt(Integer::intValue).sum();
        List<SplitOutcome.Input> inputs = rows.files().stream()
                .map(file -> new SplitOutcome.Input(file.toString(), FileHash.sha256(file)))
                .toList();
        return new SplitOutcome(rules, inputs, parts, all, leftOut, placing.cuts(), placing.strata());
    }

    private void fill(Placing placing, List<PartFile> files) {
        RowStream.Prompts receiver = (origin, fields, prompt) -> {
            Placing.Place place = placing.next(origin, fields, prompt);
            if (place.part() == Placing.BETWEEN) {
                leftOut.merge("a prompt near to prompts of two parts", 1, Integer::sum);
            } else {
                files.get(place.part()).add(RowLine.of(fields), place.group());
            }
        };
        if (rules.by().byPrompt()) {
            rows.prompts(receiver);
        } else {
            rows.read((origin, fields) -> receiver.row(origin, fields, ""));
        }
    }
}
