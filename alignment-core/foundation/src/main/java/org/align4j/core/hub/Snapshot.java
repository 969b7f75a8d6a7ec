package org.align4j.core.hub;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.web.RemoteFile;

/**
 * The files of a repository at one commit.
 *
 * @param commit the commit
 * @param files its files, by path
 */
record Snapshot(String commit, List<RemoteFile> files) {
    private static final Pattern SHARD = Pattern.compile("model-\\d+-of-\\d+\\.safetensors");
    private static final Set<String> SMALL = Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "tokenizer.model",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja",
            "chat_template.json",
            "adapter_config.json",
            "adapter_model.safetensors");

    /** The files that a model or an adapter needs: one form of the weights, configuration, tokenizer, template. */
    List<RemoteFile> needed(HubName name) {
        boolean single = has("model.safetensors");
        boolean sharded = !single && has("model.safetensors.index.json");
        if (!single && !sharded && !has("adapter_model.safetensors")) {
            throw new InputException(name + " has no safetensors weights on the hub (it has "
                    + files.stream()
                            .map(RemoteFile::name)
                            .filter(file -> !file.contains("/"))
                            .limit(10)
                            .toList() + "); choose a model that has.");
        }
        return files.stream()
                .filter(file -> SMALL.contains(file.name())
                        || (single && file.name().equals("model.safetensors"))
                        || (sharded
                                && (file.name().equals("model.safetensors.index.json")
                                        || SHARD.matcher(file.name()).matches())))
                .toList();
    }

    /** Returns the names of the files of tokenizer and template. */
    List<String> text() {
        return files.stream()
                .map(RemoteFile::name)
                .filter(file -> SMALL.contains(file) && !file.endsWith(".safetensors"))
                .toList();
    }

    private boolean has(String fileName) {
        return files.stream().anyMatch(file -> file.name().equals(fileName));
    }
}
