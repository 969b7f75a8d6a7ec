package org.align4j.core.export;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.hub.Hub;
import org.align4j.core.hub.ModelFolder;
import org.align4j.core.hub.PushedCard;
import org.align4j.core.hub.PushedFile;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.lora.ModelCard.Licence;
import org.align4j.core.lora.ModelCard.Product;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.MergedModel;
import org.align4j.core.session.PublicNames;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.verdict.Judgement.Measured;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What a finished run is on the hub: the files of its adapter or model, in which nothing reveals this machine's folders, and a card made of what the
 * run recorded.
 */
public final class PushedRun {
    /** Files of settings, in which programs write where something lay. */
    private static final Set<String> SETTINGS =
            Set.of("config.json", "adapter_config.json", "tokenizer_config.json", "generation_config.json");

    private static final Pattern PLACE = Pattern.compile(".*(path|file|dir|directory)");
    private static final Pattern SCORES = Pattern.compile("\\n## Scores\\n.*?(?=\\n## )", Pattern.DOTALL);
    private static final String INDEX = ".safetensors.index.json";

    private final Run run;
    private final Path folder;
    private final Product product;
    private final boolean isToMerge;

    private PushedRun(Run run, Path folder, Product product, boolean isToMerge) {
        this.run = run;
        this.folder = folder;
        this.product = product;
        this.isToMerge = isToMerge;
    }

    /**
     * Finds what of a run is pushed.
     *
     * @param merged whether its model with the adapter in it, and not the adapter
     * @throws InputException where it isn't a run or not finished, or there is no adapter to merge
     */
    public static PushedRun of(Path directory, boolean merged) {
        Run run = Run.open(directory);
        Path adapter = directory.resolve("adapter");
        Path model = directory.resolve("model");
        boolean hasAdapter = ModelFolder.isAdapter(adapter);
        boolean hasModel = Files.isRegularFile(model.resolve("config.json"));
        RunResult result = run.result();
        if (result.status() != RunResult.Status.DONE || !(hasAdapter || hasModel)) {
            throw new InputException(format(
                    "%s is not finished: it is at step %d of %d; finish it with: align resume %s",
                    directory, result.step(), result.totalSteps(), directory));
        }
        if (merged && !hasAdapter) {
            throw new InputException(format(
                    "merged is given, but %s trained its model in full, so there is no adapter to merge; drop it.",
                    directory));
        }
        boolean isScores = hasModel && (hasAdapter || isScores(model));
        if (hasAdapter && !merged) {
            return new PushedRun(run, adapter, isScores ? Product.SCORING_ADAPTER : Product.ADAPTER, false);
        }
        return new PushedRun(run, model, isScores ? Product.SCORING_MODEL : Product.MODEL, !hasModel);
    }

    private static boolean isScores(Path model) {
        return Json.require(model.resolve("config.json"))
                .at("/architectures/0")
                .asText()
                .endsWith("Classification");
    }

    /**
     * Makes the files ready: merges where that is asked for, and writes the card and what says more than others need to know into a folder.
     *
     * @param aside a folder that is empty
     * @param gguf the figures of further files, as {@code align export} leaves them beside each
     * @param onHub the head of a model's card on the hub
     */
    public List<PushedFile> files(
            Path aside, Map<Path, JsonNode> gguf, Function<String, Optional<JsonNode>> onHub, TrainingLog log)
            throws IOException {
        Path from = folder;
        if (isToMerge) {
            from = aside.resolve("model");
            log.note("merging " + run.path() + " first");
            MergedModel.write(run.path().toString(), null, null, from, log);
        }
        List<PushedFile> files = new ArrayList<>();
        for (Path file : Folders.list(from)) {
            String name = String.valueOf(file.getFileName());
            if (Files.isRegularFile(file) && !name.startsWith(".") && !name.equals(PushedCard.FILE)) {
                files.add(PushedFile.of(name, SETTINGS.contains(name) ? withoutPlaces(file, aside) : file));
            }
        }
        requireShards(from, files);
        gguf.keySet().forEach(file -> files.add(PushedFile.of(String.valueOf(file.getFileName()), file)));
        Path card = aside.resolve(PushedCard.FILE);
        FreshFile.write(card, PushedCard.marked(card(gguf, onHub)).getBytes(StandardCharsets.UTF_8));
        files.add(PushedFile.of(PushedCard.FILE, card));
        return files;
    }

    /** A file of settings; where it has places on this machine, a copy that has names instead. */
    private static Path withoutPlaces(Path file, Path aside) throws IOException {
        JsonNode settings = Json.require(file);
        JsonNode before = settings.deepCopy();
        shorten(settings);
        if (settings.equals(before)) {
            return file;
        }
        Path copy = aside.resolve("settings").resolve(file.getFileName());
        Folders.makeParent(copy);
        FreshFile.write(copy, Json.document(settings));
        return copy;
    }

    private static void shorten(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                if (field.getValue().isTextual()
                        && PLACE.matcher(field.getKey()).matches()) {
                    field.setValue(
                            TextNode.valueOf(PublicNames.of(field.getValue().textValue())));
                } else {
                    shorten(field.getValue());
                }
            });
        } else if (node instanceof ArrayNode array) {
            array.forEach(PushedRun::shorten);
        }
    }

    /** Weights in several files are found by their index, so all that it names must come along. */
    private static void requireShards(Path from, List<PushedFile> files) {
        Set<String> names = files.stream().map(PushedFile::path).collect(Collectors.toSet());
        for (PushedFile file : files) {
            if (file.path().endsWith(INDEX)) {
                Json.require(file.file()).path("weight_map").forEach(shard -> {
                    if (!names.contains(shard.asText())) {
                        throw new InputException(format(
                                "%s names %s, which is not in %s; make the model again.",
                                file.path(), shard.asText(), from));
                    }
                });
            }
        }
    }

    /** Returns the base model's name on the hub, else what its directory is called. */
    public String base() {
        String given = run.text("model").orElse("");
        return Hub.isName(given) && !Files.exists(Path.of(given))
                ? given.replaceFirst("@.*", "")
                : PublicNames.ofModel(Path.of(String.valueOf(run.manifest().get("model"))));
    }

    private String card(Map<Path, JsonNode> gguf, Function<String, Optional<JsonNode>> onHub) {
        String method = String.valueOf(run.manifest().get("command"));
        ModelCard plain = ModelCard.of(base(), method).of(product, "");
        ModelCard card =
                PublicNames.card(run, plain, MethodReports.of(method).figures()).of(product, notes(gguf));
        Optional<Licence> licence = BaseLicence.of(
                Path.of(String.valueOf(run.manifest().get("model"))),
                () -> Hub.isName(base()) ? onHub.apply(base()) : Optional.empty());
        return licence.map(card::with).orElse(card).text();
    }

    private String notes(Map<Path, JsonNode> gguf) {
        return scores() + changed() + files(gguf) + hashes() + limits();
    }

    /** What a reward model's run wrote about its scores. */
    private String scores() {
        Path written = run.path().resolve("adapter").resolve(PushedCard.FILE);
        try {
            Matcher section = SCORES.matcher(Files.isRegularFile(written) ? Files.readString(written) : "");
            return section.find() ? section.group() : "";
        } catch (IOException unreadable) {
            throw new InputException(format("%s can't be read as text; restore it.", written), unreadable);
        }
    }

    private String changed() {
        List<Measured> evidence = run.evidence();
        if (evidence.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder(
                "\n## What training changed\n\nHeld-out rows before and after; the verdict is **"
                        + Objects.requireNonNullElse(run.result().verdict(), Verdict.UNCLEAR)
                                .word() + "**.\n\n"
                        + "| figure | before | after | difference | 95 % interval | rows |\n|---|---:|---:|---:|---|---:|\n");
        for (Measured figure : evidence) {
            text.append(format(
                    "| %s | %.4g | %.4g | %.4g | %s to %s | %d |\n",
                    figure.figure(),
                    figure.before(),
                    figure.after(),
                    figure.difference(),
                    bound(figure.interval().get(0)),
                    bound(figure.interval().get(1)),
                    figure.n()));
        }
        return text.toString();
    }

    private static String bound(@Nullable Double bound) {
        return bound == null ? "–" : format("%.4g", bound);
    }

    private static String files(Map<Path, JsonNode> gguf) {
        if (gguf.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder(
                "\n## GGUF files\n\nFor llama.cpp and Ollama, each read back and measured; perplexity of a text, and held-out pairs whose chosen"
                        + " answer is likelier.\n\n"
                        + "| file | weights | perplexity | pairs right | 95 % interval |\n|---|---|---:|---:|---|\n");
        gguf.forEach((file, check) -> check.path("types").properties().forEach(type -> {
            JsonNode right = type.getValue().path("held_out");
            JsonNode interval = type.getValue().path("interval");
            text.append(format(
                    "| %s | %s | %.4g | %s | %s |\n",
                    file.getFileName(),
                    type.getKey(),
                    type.getValue().path("perplexity").asDouble(),
                    right.isNumber() ? format("%.1f %%", 100 * right.asDouble()) : "–",
                    interval.size() == 2
                            ? format(
                                    "%.3f to %.3f",
                                    interval.path(0).asDouble(),
                                    interval.path(1).asDouble())
                            : "–"));
        }));
        return text.toString();
    }

    private String hashes() {
        Map<String, String> hashes = new LinkedHashMap<>();
        if (run.manifest().get("hashes") instanceof Map<?, ?> recorded) {
            recorded.forEach((name, hash) -> hashes.put(String.valueOf(name), String.valueOf(hash)));
        }
        hashes.remove("data");
        StringBuilder text = new StringBuilder();
        hashes.forEach((name, hash) -> text.append(format("| %s | `%s` |\n", name, hash)));
        return text.isEmpty() ? "" : "\n## SHA-256 of what else it was made from\n\n| | |\n|---|---|\n" + text;
    }

    private String limits() {
        List<String> limits = new ArrayList<>();
        int rows = run.evidence().stream().mapToInt(Measured::n).max().orElse(0);
        limits.add(
                rows == 0
                        ? "No row was evaluated before and after training, so nothing here says what it changed."
                        : format(
                                "The figures are of %d held-out rows; other prompts may be answered otherwise.", rows));
        limits.add("Whether answers are true, safe or right in other languages was not measured.");
        run.number("max-length")
                .ifPresent(longest -> limits.add(format("Rows of up to %.0f tokens were trained on.", longest)));
        run.result().warnings().forEach(warning -> limits.add(PublicNames.inText(warning)));
        return "\n## Limits\n\n"
                + limits.stream().map(limit -> "- " + limit + "\n").collect(Collectors.joining());
    }
}
