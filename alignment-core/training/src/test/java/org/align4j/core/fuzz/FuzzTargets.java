package org.align4j.core.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.align4j.core.family.ConfigFuzz;
import org.align4j.core.hub.HubFuzz;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunFuzz;
import org.align4j.core.session.GgufFuzz;
import org.align4j.core.sft.SftMethod.SftOptions;
import org.align4j.core.text.TokenizerFuzz;
import org.align4j.core.weights.SafetensorsFuzz;

/** The readers of what others wrote, each with a folder of inputs under {@code src/test/resources/fuzz}. */
public enum FuzzTargets implements FuzzTarget {
    /** A safetensors file: header, and what its tensors say of the file. */
    SAFETENSORS(new SafetensorsFuzz()),
    /** A GGUF file: head, tensors, and the model directory that it is read into. */
    GGUF(new GgufFuzz()),
    /** {@code config.json} of a model, up to the plan of its decoder. */
    CONFIG(new ConfigFuzz()),
    /** {@code tokenizer.json} and the small files beside it, up to the native library. */
    TOKENIZER(new TokenizerFuzz()),
    /** A chat template, parsed and rendered. */
    TEMPLATE(new TemplateFuzz()),
    /** Rows of any layout, in files of any kind. */
    ROWS(new RowsFuzz()),
    /** Options in YAML. */
    OPTIONS((input, folder) -> OptionsYaml.read(FuzzFiles.write(folder, "run.yaml", input), SftOptions.class)),
    /** {@code adapter_config.json}. */
    ADAPTER((input, folder) -> AdapterConfigFile.read(
            FuzzFiles.write(folder, AdapterConfigFile.FILE_NAME, input).resolveSibling(""))),
    /** What a hub answers, and the card of a data set. */
    HUB(new HubFuzz()),
    /** A run directory: options, manifest, result, metrics, checkpoints, files of the report. */
    RUN(new RunFuzz());

    private final FuzzTarget target;

    FuzzTargets(FuzzTarget target) {
        this.target = target;
    }

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        target.read(input, folder);
    }

    /** Returns the bytes on the heap that reading may take in all: a template may do some work before it is stopped. */
    long allowance() {
        return this == TEMPLATE ? 1L << 30 : 128L << 20;
    }

    /** Returns the most bytes of an input that fuzzing tries: a run directory is many files. */
    int longest() {
        return this == RUN ? 12_000 : 4096;
    }

    /** Returns the name of the folder with its inputs. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
