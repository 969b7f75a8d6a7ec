/**
 * What commands with a model are asked, as records valid the moment they exist, and the plans that runs make of it, in which no auto
 * is left: {@link org.align4j.core.session.options.ModelOptions} for a model that is used, {@link
 * org.align4j.core.session.options.RecipeOptions} and its {@link org.align4j.core.session.options.RecipePlan} for one that is
 * trained. Must not depend on a policy, a session or a command.
 */
@NullMarked
package org.align4j.core.session.options;

import org.jspecify.annotations.NullMarked;
