/* See iseq_walk.h. The VM hands out pages of slots; each slot's first word says what is in it. */
#include "iseq_walk.h"

#include "original_method.h"
#include "vm_layout.h"

#include <dlfcn.h>

/* The kind of a slot (5 bits) and, from bit 12 on, what its kind means by them: for the VM's own
 * objects which of those it is and, for an iseq, how far its compilation has come. */
#define KIND_BITS 0x7FFFF01Ful

static VALUE
flags_of(const void *iseq)
{
    return *(const VALUE *)iseq & KIND_BITS;
}

static VALUE
compile_sample(const char *text)
{
    VALUE iseqw = rec_original_call_with(
        REC_ISEQ_COMPILE, rb_path2class("RubyVM::InstructionSequence"), rb_str_new_cstr(text));
    rb_gc_register_mark_object(iseqw);
    return iseqw;
}

static void
find_symbols(struct rec_iseq_walk *walk, const struct rec_vm_layout *layout)
{
    walk->iseqw_to_iseq = layout->iseqw_to_iseq;
    *(void **)&walk->iseqw_new = dlsym(RTLD_DEFAULT, "rb_iseqw_new");
    *(void **)&walk->each_objects = dlsym(RTLD_DEFAULT, "rb_objspace_each_objects");
}

void
rec_iseq_walk_init(struct rec_iseq_walk *walk, const struct rec_vm_layout *layout)
{
    if (walk->samples[0] != 0)
        return; /* asked before */
    find_symbols(walk, layout);
    walk->refusal = "libruby does not export what is needed";
    if (walk->iseqw_to_iseq == NULL || walk->iseqw_new == NULL || walk->each_objects == NULL ||
        layout->iseq_path == NULL || layout->iseq_realpath == NULL)
        return;
    /* One that refers to other objects, and one that does not: up to 3.1 a flag says which. */
    walk->samples[0] = compile_sample("[1, 'a'].each { |ct_x| ct_x }");
    walk->samples[1] = compile_sample("nil");
    VALUE first = flags_of(walk->iseqw_to_iseq(walk->samples[0]));
    VALUE second = flags_of(walk->iseqw_to_iseq(walk->samples[1]));
    walk->kind_flags = first & second;
    walk->varying_flags = first ^ second;
    walk->refusal = (walk->kind_flags & RUBY_T_MASK) == T_IMEMO ? NULL : "an iseq is no object";
}

struct visitor {
    const struct rec_iseq_walk *walk;
    void (*visit)(const void *iseq, void *context);
    void *context;
    int sample_count;
};

/* hot: once for each slot of the heap. */
static int
visit_page(void *start, void *end, size_t stride, void *context)
{
    struct visitor *visitor = context;
    const struct rec_iseq_walk *walk = visitor->walk;
    const void *samples[] = {walk->iseqw_to_iseq(walk->samples[0]),
                             walk->iseqw_to_iseq(walk->samples[1])};
    for (char *slot = start; slot < (char *)end; slot += stride) {
        if ((flags_of(slot) & ~walk->varying_flags) != walk->kind_flags)
            continue;
        visitor->sample_count += slot == samples[0] || slot == samples[1];
        const struct rec_iseq_body_head *body = rec_iseq_body(slot);
        if (body != NULL && body->encoded != NULL && body->encoded_size > 0)
            visitor->visit(slot, visitor->context);
    }
    return 0;
}

bool
rec_iseq_walk_each(struct rec_iseq_walk *walk, void (*visit)(const void *iseq, void *context),
                   void *context)
{
    struct visitor visitor = {.walk = walk, .visit = visit, .context = context};
    walk->each_objects(visit_page, &visitor);
    if (visitor.sample_count != 2)
        walk->refusal = "the walk does not meet what is known to be there";
    return walk->refusal == NULL;
}
