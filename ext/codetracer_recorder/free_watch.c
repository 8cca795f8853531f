/* See free_watch.h. All of it runs in the collector but begin and end. */
#include "free_watch.h"

#include "identity_table.h"
#include "symbol_patch.h"

#include <dlfcn.h>

#define FUNCTION    "rb_gc_obj_free_vm_weak_references"
#define PROOF_COUNT 4096 /* objects of which both were told, of all that is freed in a row */

/* There is one table of imported symbols in a process. */
static struct {
    void (*original)(VALUE object); /* NULL: nothing is in its place */
    struct rec_identity_table *table; /* NULL: nobody is to be told */
    VALUE expected; /* what the hook was told of last, if we have not been; else 0 */
    unsigned agreed_count; /* in a row; PROOF_COUNT: it is known that we are told of all */
    bool is_refuted;
} watch;

static void
on_free(VALUE object)
{
    if (object == watch.expected) {
        watch.expected = 0;
        watch.agreed_count += watch.agreed_count < PROOF_COUNT;
    }
    if (watch.table != NULL && watch.agreed_count == PROOF_COUNT)
        rec_identity_table_forget_object(watch.table, object);
    watch.original(object);
}

bool
rec_free_watch_compare(VALUE object)
{
    if (watch.original == NULL || watch.is_refuted)
        return false;
    watch.is_refuted = watch.expected != 0;
    watch.expected = object;
    if (watch.is_refuted)
        watch.agreed_count = 0;
    return watch.agreed_count == PROOF_COUNT;
}

bool
rec_free_watch_begin(struct rec_identity_table *table)
{
    watch.table = table;
    watch.expected = 0; /* of an earlier recording */
    if (watch.original != NULL)
        return watch.agreed_count == PROOF_COUNT;
    void (*original)(VALUE) = NULL;
    *(void **)&original = dlsym(RTLD_DEFAULT, FUNCTION);
    if (original == NULL)
        return false;
    watch.original = original; /* before the first call comes */
    if (!rec_symbol_patch(FUNCTION, (void *)on_free))
        watch.original = NULL;
    return false;
}

void
rec_free_watch_end(void)
{
    watch.table = NULL;
}
