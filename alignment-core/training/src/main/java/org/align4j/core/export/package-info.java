/**
 * Models out of the house: written as GGUF, and measured as what was written. Entry type: {@link
 * org.align4j.core.export.GgufExport}. Must not depend on the packages of the command line.
 */
@NullMarked
package org.align4j.core.export;

import org.jspecify.annotations.NullMarked;
