package org.align4j.core.session;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Version;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.BaseModel.Quantized;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.report.ReportFiles.RowsReport;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.run.RunBinding.SettledOptions.RunChange;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.weights.FileHash;
import org.jspecify.annotations.Nullable;

/**
 * What a run was made from: versions, device, seed, and hashes of model, data, tokenizer and template.
 *
 * @param others further models and files that the run reads
 * @param dataHash of the training rows as tokens, in order
 */
public record RunFacts(String command, ModelPlace place, Recipe.Others others, RecipePlan plan, String dataHash) {
    /**
     * Distinguishes runs in half precision whose passes round differently. 1 is until 29 November 2026, with sums of layers in bf16. 2 has these
     * in fp32, scores of attention rounded less their greatest, and the likeliest logits added in fp32. 3 is since 30 November 2026, with scores of
     * up to 512 tokens not rounded, nor what routers read.
     */
    private static final int HALF_ARITHMETIC = 3;

    private static final List<String> BESIDE_ADAPTER =
            List.of(AdapterConfigFile.FILE_NAME, ScoreNormalization.FILE_NAME, "process_reward.json");

    /**
     * Returns the fields of {@code manifest.json}.
     *
     * @param base the model, loaded
     * @param trained numbers that train
     */
    Map<String, Object> manifest(TrainingRows<?> rows, BaseModel base, long trained) {
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("command", command);
        manifest.put("align4j", Version.text());
        manifest.put("java", System.getProperty("java.vendor") + " " + System.getProperty("java.version"));
        manifest.put("pytorch", Natives.PYTORCH);
        manifest.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        manifest.put("device", base.engine().device().toString());
        manifest.put("dtype", plan.machine().engine().dtypeName());
        manifest.put("products", plan.machine().engine().productsName());
        if (plan.machine().engine().precision().products() != Dtype.F32) {
            manifest.put("arithmetic", HALF_ARITHMETIC);
        }
        manifest.put("threads", plan.machine().engine().threads());
        manifest.put("cores", Runtime.getRuntime().availableProcessors());
        manifest.put("seed", plan.machine().engine().seed());
        if (plan.machine().cluster().executors().clusterMixed()) {
            manifest.put("cluster_mixed", true);
        }
        manifest.put("model", place.model().toAbsolutePath().normalize().toString());
        Quantized quantized = base.quantized();
        if (quantized != null) {
            manifest.put("quantization", quantization(quantized));
        }
        manifest.put("trained_parameters", trained);
        manifest.put("hashes", hashes(rows));
        manifest.put("rows", rows.report().toMap());
        RowReport evalReport = rows.evalReport();
        if (evalReport != null) {
            manifest.put("eval_rows", evalReport.toMap());
        }
        manifest.put("training_rows", rows.train().size());
        manifest.put("evaluation_rows", rows.eval().size());
        return manifest;
    }

    private static Map<String, Object> quantization(Quantized quantized) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("scheme", quantized.quantization().scheme().name().toLowerCase(Locale.ROOT));
        facts.put("double", quantized.quantization().doubled());
        facts.put("block", Quantization.BLOCK);
        facts.put("matrices", quantized.names().size());
        facts.put("bytes_before", quantized.bytesBefore());
        facts.put("bytes_after", quantized.bytesAfter());
        return facts;
    }

    private Map<String, Object> hashes(TrainingRows<?> rows) {
        Map<String, Object> hashes = new LinkedHashMap<>();
        hashes.put("data", dataHash);
        if (!rows.eval().isEmpty()) {
            hashes.put("eval_data", DataHash.of(rows.eval()));
        }
        String fields = DataHash.ofFields(
                Stream.concat(rows.train().stream(), rows.eval().stream()).toList());
        if (fields != null) {
            hashes.put("fields", fields);
        }
        if (!plan.inputs().data().guard().guardTasks().isEmpty()) {
            hashes.put("guard_tasks", hashOfGuardTasks());
        }
        hashes.putAll(modelHashes());
        others.files().forEach((option, file) -> hashes.put(option, hashOf(file)));
        return hashes;
    }

    private static String hashOf(Path file) {
        return Files.isRegularFile(file) ? FileHash.sha256(file) : "none";
    }

    /** Hashes the files of the guard tasks, whose items a resumed run compares with those of its first evaluation. */
    private String hashOfGuardTasks() {
        List<String> files = DataFiles.resolve(
                        "guard-tasks", plan.inputs().data().guard().guardTasks())
                .stream()
                .map(FileHash::sha256)
                .toList();
        return Hashing.sha256()
                .hashString(String.join(" ", files), StandardCharsets.UTF_8)
                .toString();
    }

    /**
     * Hashes, by name, all that decides what the run's models compute or read: each file of its own model, and every other model as one.
     */
    public Map<String, String> modelHashes() {
        Map<String, String> hashes = new LinkedHashMap<>(hashesOf(place));
        others.models().forEach((option, model) -> hashes.put(option, hashOf(ModelPlace.of(model, null))));
        return hashes;
    }

    /** Returns the hashes by which executors of a cluster see that they have the model and the rows of this run. */
    public Map<String, String> clusterHashes() {
        Map<String, String> hashes = new LinkedHashMap<>(modelHashes());
        hashes.put("data", dataHash);
        return hashes;
    }

    /** Hashes all that decides what a model computes or reads, and how its matrices are held, into one SHA-256. */
    private static String hashOf(ModelPlace place) {
        String whole = hashesOf(place) + " " + place.quantization();
        return Hashing.sha256().hashString(whole, StandardCharsets.UTF_8).toString();
    }

    /**
     * Hashes every file that decides what a model computes or reads: weights, config, tokenizer and template; of its adapter the weights
     * and the configuration, since the same pairs under another alpha, rank or kind are another function; how scores are normalised.
     *
     * @return SHA-256 by the file's name; an adapter's weights are {@code adapter}, its other files have their names without ending
     */
    public static Map<String, String> hashesOf(ModelPlace place) {
        Map<String, String> hashes = new LinkedHashMap<>();
        try (Stream<Path> all = Files.list(place.model())) {
            List<Path> files = all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.(safetensors|json|jinja)"))
                    .sorted()
                    .toList();
            List<String> found = FileHash.all(files);
            for (int i = 0; i < found.size(); i++) {
                hashes.put(String.valueOf(files.get(i).getFileName()), found.get(i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(place.model() + " can't be listed", e);
        }
        Path adapter = place.adapter();
        if (adapter != null) {
            hashes.put("adapter", FileHash.sha256(adapter.resolve(AdapterFolder.WEIGHTS_NAME)));
            for (String beside : BESIDE_ADAPTER) {
                Path file = adapter.resolve(beside);
                if (Files.isRegularFile(file)) {
                    hashes.put(beside.replace(".json", ""), FileHash.sha256(file));
                }
            }
        }
        return hashes;
    }

    /**
     * Refuses to go on with a run whose model, data or half-precision arithmetic changed, unless its changes are accepted.
     *
     * @return whether anything changed that is accepted now
     * @throws InputException naming what changed
     */
    public boolean requireUnchanged(RunDirectory run, TrainingRows<?> rows) {
        Map<String, Object> manifest = run.manifest();
        List<RunChange> found = new ArrayList<>();
        if (manifest.get("hashes") instanceof Map<?, ?> recorded) {
            Map<String, Object> now = hashes(rows);
            recorded.forEach((name, before) -> {
                Object hash = now.getOrDefault(String.valueOf(name), "none");
                if (!before.equals(hash)) {
                    found.add(new RunChange("hashes." + name, before.toString(), hash.toString()));
                }
            });
        }
        String arithmetic = String.valueOf(manifest.getOrDefault("arithmetic", 1));
        String current = Integer.toString(HALF_ARITHMETIC);
        if (plan.machine().engine().precision().products() != Dtype.F32 && !arithmetic.equals(current)) {
            found.add(new RunChange("arithmetic", arithmetic, current));
        }
        List<RunChange> accepted = run.binding()
                .require(
                        found,
                        fresh -> run.path() + " was begun with another " + names(fresh)
                                + " than is there now; restore it, begin a new run, or go on with what is there and"
                                + " have it recorded: align resume " + run.path() + " --accept-changes");
        String lies = place.model().toAbsolutePath().normalize().toString();
        if (!lies.equals(manifest.get("model"))) {
            run.binding().move("model", lies);
        }
        return !accepted.isEmpty();
    }

    private static String names(List<RunChange> changes) {
        return changes.stream()
                .map(change -> change.name().replace("hashes.", ""))
                .collect(Collectors.joining(", "));
    }

    /** Returns the content of {@code rows.json}. */
    RowsReport rowsReport(TrainingRows<?> rows, List<TextTokens> guard) {
        List<RowsReport.RowSet> sets = new ArrayList<>();
        sets.add(set("train", rows.report(), rows.train()));
        RowReport evalReport = rows.evalReport();
        if (evalReport != null) {
            sets.add(set("eval", evalReport, rows.eval()));
        } else if (!rows.eval().isEmpty()) {
            int count = rows.eval().size();
            sets.add(new RowsReport.RowSet("eval", List.of("split from the training files"), count, count, Map.of()));
        }
        if (!guard.isEmpty()) {
            sets.add(new RowsReport.RowSet(
                    "guard", plan.inputs().data().guard().guardData(), guard.size(), guard.size(), Map.of()));
        }
        List<String> notes = new ArrayList<>(rows.warnings());
        rows.report().unwrappedSentence().ifPresent(said -> notes.add(0, said));
        return new RowsReport(sets, notes);
    }

    private static RowsReport.RowSet set(String name, @Nullable RowReport report, List<? extends TokenRow> used) {
        if (report == null) {
            return new RowsReport.RowSet(name, List.of(), used.size(), used.size(), Map.of());
        }
        Map<String, Long> dropped = new LinkedHashMap<>();
        report.dropped().forEach((reason, rows) -> dropped.put(reason.text(), (long) rows.count()));
        List<String> files =
                report.files().stream().map(file -> file.file().toString()).toList();
        return new RowsReport.RowSet(name, files, report.read(), report.used(), dropped);
    }
}
