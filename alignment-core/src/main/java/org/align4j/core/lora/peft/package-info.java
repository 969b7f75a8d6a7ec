/**
 * Adapter folders as PEFT writes them: configuration, tensor names, model card. Entry type:
 * {@link org.align4j.core.lora.peft.AdapterFolder}. Stands on {@code lora} and {@code weights}; must not depend on DJL.
 */
@NullMarked
package org.align4j.core.lora.peft;

import org.jspecify.annotations.NullMarked;
