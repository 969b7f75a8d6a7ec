/**
 * LoRA's rules: what an adapter's configuration means and which modules of a model it concerns. Entry types: {@link
 * org.align4j.core.lora.LoraConfig} and {@link org.align4j.core.lora.LoraTargets}. Knows names and shapes, no tensors;
 * must not depend on DJL.
 *
 * <p>Adapter folders as PEFT writes them: configuration, tensor names, model card. Entry type: {@link
 * org.align4j.core.lora.AdapterFolder}. Uses {@code lora} and {@code weights}; must not depend on DJL.
 */
@NullMarked
package org.align4j.core.lora;

import org.jspecify.annotations.NullMarked;
