package org.align4j.core.cli.env;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.kernel.speed.ProductSpeeds;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;
import org.align4j.core.machine.Version;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.Option;
import org.align4j.core.session.Computing;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.terminal.Terminal;

/** {@code align env}: versions, devices, natives, threads, memory, and what is wrong with them. */
public final class EnvCommand extends NamedCommand<EnvCommand.Options> {
    /** The options of {@code align env}. */
    public record Options(
            @Option(help = "Tell the parameters and memory needs of this config.json's architecture instead.")
            Optional<Path> modelConfig) {}

    /** Names the command. */
    public EnvCommand() {
        super("env", "versions, devices, natives, threads, memory, and what is wrong with them", Options.class);
    }

    /** 0 if the engine loads, 2 if the environment keeps it from loading, 1 if anything else does. */
    @Override
    public int run(Options options, Terminal terminal) {
        return options.modelConfig().isPresent() ? weigh(options.modelConfig().get(), terminal) : examine(terminal);
    }

    private static int weigh(Path config, Terminal terminal) {
        Map<String, Object> entries = ModelNeeds.of(config).entries();
        print("model", entries, terminal);
        terminal.print(format("Activations come on top; LoRA is rank %d on every linear layer.", ModelNeeds.RANK));
        terminal.result(entries);
        return 0;
    }

    private static int examine(Terminal terminal) {
        Environment environment = Environment.current();
        List<String> problems = environment.problems();
        sections(environment).forEach((name, entries) -> print(name, entries, terminal));
        terminal.print("problems");
        problems.forEach(problem -> terminal.print("  - " + problem));
        if (problems.isEmpty()) {
            terminal.print("  none");
        }
        Map<String, Object> document = new LinkedHashMap<>(sections(environment));
        document.put("problems", problems);
        terminal.result(document);
        boolean misconfigured = Natives.problem(System.getenv()).isPresent();
        return misconfigured ? 2 : environment.engine().failure().isEmpty() ? 0 : 1;
    }

    private static void print(String name, Map<String, Object> entries, Terminal terminal) {
        terminal.print(name);
        entries.forEach((key, value) ->
                terminal.print(format("  %-30s %s", key.replaceFirst("_bytes$", ""), text(key, value))));
    }

    private static Map<String, Map<String, Object>> sections(Environment environment) {
        Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
        sections.put("versions", versions(environment));
        sections.put("engine", engine(environment.engine()));
        sections.put("processor", processor(environment.processor()));
        environment.products().ifPresent(speeds -> sections.put("products", products(speeds)));
        sections.put("memory", memory(environment.memory()));
        sections.put("settings", new LinkedHashMap<>(environment.settings()));
        return sections;
    }

    private static Map<String, Object> versions(Environment environment) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("align4j", Version.text());
        entries.put("commit", Version.commit().map(String::valueOf).orElse("unknown"));
        entries.put("java", environment.java());
        entries.put("system", environment.system());
        entries.put("djl", environment.engine().libraries().djl());
        entries.put("pytorch", environment.engine().libraries().pytorch());
        return entries;
    }

    private static Map<String, Object> engine(EngineStatus engine) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("natives", engine.libraries().flavor());
        entries.put("library", engine.libraries().library());
        entries.put("devices", engine.devices());
        entries.put("gpu_driver", engine.gpus().driver());
        entries.put("gpus", engine.gpus().cards().stream().map(String::valueOf).toList());
        entries.put("gpu_code", engine.code().map(String::valueOf).orElse(""));
        entries.put("threads", engine.threads());
        return entries;
    }

    private static Map<String, Object> processor(Processor processor) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("name", processor.name());
        entries.put("architecture", processor.architecture());
        entries.put("usable", processor.usable());
        entries.put("features", processor.features());
        return entries;
    }

    /** The speeds of products and what auto takes by them. */
    private static Map<String, Object> products(ProductSpeeds speeds) {
        Map<String, Object> entries = new LinkedHashMap<>();
        speeds.figures().forEach(figure -> {
            entries.put("fp32_gflops_rows_" + figure.rows(), tenths(figure.fp32()));
            entries.put("bf16_gflops_rows_" + figure.rows(), tenths(figure.bf16()));
        });
        Precision auto = Computing.of(new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.AUTO, null, 0))
                .precision();
        entries.put("auto_dtype", Precision.name(auto.stored()));
        entries.put("auto_products", Precision.name(auto.products()));
        String pinned = System.getenv(ProductSpeeds.PINNED);
        entries.put("decided_by", pinned == null ? "measurement" : ProductSpeeds.PINNED);
        speeds.note().ifPresent(note -> entries.put("note", note));
        return entries;
    }

    private static double tenths(double value) {
        return Math.round(value * 10) / 10.0;
    }

    private static Map<String, Object> memory(Memory memory) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("machine_bytes", memory.machine());
        entries.put("limit_bytes", memory.limit());
        put(entries, "available_bytes", memory.available());
        put(entries, "resident_bytes", memory.resident());
        put(entries, "peak_bytes", memory.peak());
        entries.put("heap_bytes", memory.heap());
        entries.put("heap_fixed", memory.heapFixed());
        MemoryLedger.Account account = MemoryLedger.shared().account();
        entries.put("free_beside_claims_bytes", account.freeBesideOthers());
        entries.put(
                "claims",
                account.holdings().stream()
                        .map(held -> new Claimed(held.owner().pid(), held.what(), held.bytes() + held.process()))
                        .toList());
        return entries;
    }

    /** What a process of Align4J expects to hold of the memory, its own share of Java and libraries included. */
    private record Claimed(long pid, String what, long bytes) {
        @Override
        public String toString() {
            return format("%s by process %d (%s);", Memory.text(bytes), pid, what);
        }
    }

    private static void put(Map<String, Object> entries, String name, OptionalLong value) {
        value.ifPresent(bytes -> entries.put(name, bytes));
    }

    private static String text(String key, Object value) {
        if (key.endsWith("_bytes") && value instanceof Long bytes) {
            return Memory.text(bytes);
        }
        return value instanceof Iterable<?> items ? String.join(" ", asTexts(items)) : value.toString();
    }

    private static List<String> asTexts(Iterable<?> items) {
        List<String> texts = new ArrayList<>();
        items.forEach(item -> texts.add(item.toString()));
        return texts;
    }

    /**
     * The memory that a model's architecture takes, from its {@code config.json} alone.
     *
     * @param architecture its class name
     * @param parameters numbers in its weights, tied ones once
     * @param activeParameters of these, what any one token uses: less than all where there are experts
     * @param adapterParameters numbers in a LoRA adapter of {@link #RANK} on every linear layer
     */
    record ModelNeeds(String architecture, long parameters, long activeParameters, long adapterParameters) {
        /** The default of {@code --lora-rank}. */
        static final int RANK = 16;

        private static final long BF16 = 2;
        private static final long FP32 = 4;
        /** The weight in fp32, its gradient and Adam's two moments. */
        private static final long TRAINED = 4 * FP32;

        static ModelNeeds of(Path config) {
            ConfigJson json = ConfigJson.read(Files.isDirectory(config) ? config.resolve("config.json") : config);
            Decoder decoder = Families.decoder(json);
            long adapter = Forecast.adapterElements(decoder, RANK);
            return new ModelNeeds(json.architecture(), decoder.elements(), decoder.activeElements(), adapter);
        }

        /** Named as in {@code --json}; bytes are what stays in memory, activations come on top. */
        Map<String, Object> entries() {
            Map<String, Object> entries = new LinkedHashMap<>();
            entries.put("architecture", architecture);
            entries.put("parameters", parameters);
            entries.put("active_parameters", activeParameters);
            entries.put("lora_parameters", adapterParameters);
            entries.put("run_bf16_bytes", parameters * BF16);
            entries.put("run_fp32_bytes", parameters * FP32);
            entries.put("train_lora_bf16_bytes", parameters * BF16 + adapterParameters * TRAINED);
            entries.put("train_lora_fp32_bytes", parameters * FP32 + adapterParameters * TRAINED);
            entries.put("train_full_bf16_bytes", parameters * (BF16 + TRAINED));
            entries.put("train_full_fp32_bytes", parameters * TRAINED);
            return entries;
        }
    }
}
