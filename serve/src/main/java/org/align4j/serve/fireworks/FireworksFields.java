package org.align4j.serve.fireworks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.job.JobRequest.Origin;
import org.jspecify.annotations.Nullable;

/** Reads jobs as Fireworks' clients ask for them, by the committed table {@code fields.tsv}: preference jobs and supervised ones. */
public final class FireworksFields {
    /** The name of this door in a job's origin. */
    static final String DOOR = "fireworks";

    private static final int LONGEST = 512;
    private static final double CARVEOUT = 0.1;

    /** A sort of jobs, with what becomes of the fields of their requests. */
    public enum Sort {
        /** {@code dpoJobs}. */
        DPO,
        /** {@code supervisedFineTuningJobs}. */
        SFT;

        /** Returns what becomes of each field. */
        public FieldTable table() {
            return this == DPO ? DPO_TABLE : SFT_TABLE;
        }

        /** Returns how such a job learns. */
        Method method() {
            return this == DPO ? Method.DPO : Method.SUPERVISED;
        }

        /** Returns the word of the sort's path. */
        String path() {
            return this == DPO ? "dpoJobs" : "supervisedFineTuningJobs";
        }
    }

    private static final FieldTable DPO_TABLE = FieldTable.read(FireworksFields.class, "fields.tsv", "dpo");
    private static final FieldTable SFT_TABLE = FieldTable.read(FireworksFields.class, "fields.tsv", "sft");

    private final Sort sort;
    private final Asked asked;
    private final Asked training;
    private final Map<String, Object> options = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();

    private FireworksFields(Sort sort, Asked asked, Asked training) {
        this.sort = sort;
        this.asked = asked;
        this.training = training;
    }

    /**
     * Where a training starts.
     *
     * @param base name of the model, as all doors know it
     * @param directory what stands behind it
     * @param adapter of a tuned model; null for none
     */
    public record Start(
            String base, String directory, @Nullable String adapter) {}

    /**
     * Finds what a request names; each refuses what isn't there.
     *
     * @param file the id of a dataset's rows
     * @param base a model of the server
     * @param tuned a tuned model of the project
     */
    public record Lookup(UnaryOperator<String> file, Function<String, Start> base, Function<String, Start> tuned) {}

    /**
     * Reads a job that is asked for.
     *
     * @throws org.align4j.web.Refusal 400 about the field that can't be granted
     */
    public static JobRequest read(Sort sort, JsonNode body, String project, Lookup lookup) {
        Asked asked = sort.table().require(Asked.request(body));
        Asked training = sort == Sort.DPO ? asked.object("trainingConfig") : asked;
        if (training == null) {
            throw asked.missing("trainingConfig");
        }
        return new FireworksFields(sort, asked, sort.table().require(training)).request(project, lookup);
    }

    private JobRequest request(String project, Lookup lookup) {
        String file = lookup.file().apply(asked.requiredText("dataset", LONGEST));
        Start start = start(lookup);
        if (sort == Sort.DPO) {
            loss();
        }
        numbers();
        String validation = sort == Sort.SFT ? evaluation(lookup) : null;
        asked.text("displayName", LONGEST);
        List<String> notes = new ArrayList<>();
        if (training.has("region")) {
            tell("region", String.valueOf(training.text("region", LONGEST)), "");
        }
        notes.add(
                told.isEmpty()
                        ? "All options are those that align " + sort.method().command() + " has by itself."
                        : String.join("; ", told) + ".");
        Asked wandb = asked.object("wandbConfig");
        if (wandb != null && !Boolean.FALSE.equals(sort.table().require(wandb).truth("enabled"))) {
            notes.add(sort.table().field("wandbConfig").event() + ".");
        }
        String output = training.text("outputModel", LONGEST);
        return JobRequest.draft(project, sort.method())
                .base(start.base(), start.directory())
                .rows(file, validation)
                .suffix(output == null ? null : Resources.required(Resources.last(output), training.at("outputModel")))
                .options(options)
                .notes(notes)
                .origin(new Origin(DOOR, kept()))
                .build();
    }

    private Start start(Lookup lookup) {
        String base = training.text("baseModel", LONGEST);
        String warm = training.text("warmStartFrom", LONGEST);
        if (base != null && warm != null) {
            throw Asked.refusal(
                    "'" + training.at("baseModel") + "' and '" + training.at("warmStartFrom")
                            + "' are both given; drop one of them.",
                    training.at("warmStartFrom"),
                    "invalid_value");
        }
        if (base == null && warm == null) {
            throw training.missing("baseModel");
        }
        if (base != null) {
            return lookup.base().apply(base);
        }
        String from = String.valueOf(warm);
        Start start = lookup.tuned().apply(from);
        if (start.adapter() != null) {
            options.put("adapter", start.adapter());
        }
        tell("warmStartFrom", from, from);
        return start;
    }

    private void loss() {
        Asked loss = asked.object("lossConfig");
        String method = loss == null ? null : sort.table().require(loss).text("method", LONGEST);
        String word = method == null || method.equals("METHOD_UNSPECIFIED") ? "" : method;
        if (!List.of("", "DPO", "ORPO").contains(word)) {
            throw Asked.refusal(
                    "lossConfig.method is '" + word
                            + "', which is reinforcement and isn't served by this door; DPO and ORPO are.",
                    "lossConfig.method",
                    "unsupported_method");
        }
        boolean odds = word.equals("ORPO");
        if (odds) {
            options.put("loss", "orpo");
        }
        told.add(sort.table()
                .field("lossConfig.method")
                .told(word.isEmpty() ? "left out" : word, odds ? "orpo" : "sigmoid"));
        Asked dpo = loss == null ? null : loss.object("dpo");
        if (dpo == null) {
            return;
        }
        if (odds) {
            throw Asked.refusal(
                    "lossConfig.dpo is given, but lossConfig.method is ORPO; drop one of them.",
                    "lossConfig.dpo",
                    "invalid_value");
        }
        sort.table().require(dpo);
        Double beta = dpo.positive("beta", Math.nextDown(0.5));
        if (beta != null) {
            options.put("beta", beta);
            told.add(sort.table().field("lossConfig.dpo.beta").told(beta, beta));
        }
        for (String name : List.of("refCacheConcurrency", "refCacheBatchSize")) {
            Long count = dpo.whole(name, 0, 1_000_000);
            if (count != null) {
                told.add(sort.table().field(dpo.at(name)).told(count, ""));
            }
        }
    }

    private void numbers() {
        option("epochs", training.whole("epochs", 1, 10_000));
        option("learningRate", training.positive("learningRate", 1));
        option("learningRateWarmupSteps", training.whole("learningRateWarmupSteps", 0, 1_000_000));
        option("loraRank", training.whole("loraRank", 1, 1024));
        option("maxContextLength", training.whole("maxContextLength", 1, 1 << 20));
        option("optimizerWeightDecay", training.decimal("optimizerWeightDecay", 0, 1));
        Long rows = training.whole("batchSizeSamples", 1, 1_000_000);
        Long times = training.whole("gradientAccumulationSteps", 1, 10_000);
        if (times != null && times > 1 && rows == null) {
            throw Asked.refusal(
                    "'" + training.at("gradientAccumulationSteps") + "' is " + times
                            + ", which multiplies the rows of a batch, but these aren't given; give batchSizeSamples.",
                    training.at("gradientAccumulationSteps"),
                    "invalid_value");
        }
        if (rows != null) {
            long all = rows * (times == null ? 1 : times);
            options.put("batch-size", all);
            tell("batchSizeSamples", rows, all);
        }
        if (times != null) {
            tell("gradientAccumulationSteps", times, "");
        }
        option("batchSize", training.whole("batchSize", 1, Integer.MAX_VALUE));
    }

    private @Nullable String evaluation(Lookup lookup) {
        String dataset = asked.text("evaluationDataset", LONGEST);
        boolean carved = Boolean.TRUE.equals(asked.truth("evalAutoCarveout"));
        if (dataset != null && carved) {
            throw Asked.refusal(
                    "'evaluationDataset' and 'evalAutoCarveout' are both given; drop one of them.",
                    "evalAutoCarveout",
                    "invalid_value");
        }
        if (carved) {
            options.put("eval-fraction", CARVEOUT);
            tell("evalAutoCarveout", true, CARVEOUT);
        }
        if (Boolean.TRUE.equals(asked.truth("earlyStop"))) {
            if (dataset == null && !carved) {
                throw Asked.refusal(
                        "'earlyStop' is true, but no rows are evaluated on; give evaluationDataset or evalAutoCarveout.",
                        "earlyStop",
                        "invalid_value");
            }
            options.put("early-stop-patience", 1);
            tell("earlyStop", true, 1);
        }
        return dataset == null ? null : lookup.file().apply(dataset);
    }

    private void option(String name, @Nullable Number value) {
        if (value != null) {
            options.put(sort.table().field(training.at(name)).optionName(), value);
            tell(name, value, value);
        }
    }

    private void tell(String name, Object given, Object ours) {
        told.add(sort.table().field(training.at(name)).told(given, ours));
    }

    /** What the job's answers repeat of the request; secrets aren't kept. */
    private Map<String, Object> kept() {
        ObjectNode kept = asked.node().deepCopy();
        if (kept.path("wandbConfig") instanceof ObjectNode wandb) {
            wandb.remove("apiKey");
        }
        Map<String, Object> document = new LinkedHashMap<>();
        kept.properties().forEach(field -> document.put(field.getKey(), field.getValue()));
        return document;
    }
}
