/* See value_place.h. */
#include "value_place.h"

#include "own_memory.h"
#include "vm_layout.h"

#include <ruby/encoding.h>

#include <stdio.h>
#include <string.h>

/* Of a frame's flags: VM_FRAME_MAGIC_… of all Rubies from 2.5 on. */
#define FRAME_KIND_MASK ((VALUE)0x7FFF0001)
#define FRAME_METHOD    ((VALUE)0x11110001)
#define FRAME_CLASS     ((VALUE)0x33330001)

#define LEVEL_BITS         16  /* LEVELS of assignments.rb */
#define ATTRIBUTE_SIZE_MAX 200 /* bytes of a name; those of longer ones are not shown */

/* Word indices from an instruction's operand to what attr_writer has put down, as they have been
 * from 3.1 to 3.4; expression_layout.c makes sure. */
enum {
    CALL_CACHE = 1,          /* struct rb_call_data */
    CACHE_CLASS = 1,         /* struct rb_callcache */
    CACHE_METHOD = 2,
    METHOD_FLAGS = 0,        /* rb_callable_method_entry_t */
    METHOD_DEFINITION = 2,
    DEFINITION_TYPE = 0,     /* rb_method_definition_t */
    DEFINITION_VARIABLE = 1,
    /* and what the words say */
    METHOD_IS_OVER = 1 << 21, /* METHOD_ENTRY_INVALIDATED */
    TYPE_MASK = 15,
    TYPE_ATTRSET = 2
};

/* ---- variables ---- */

static bool
is_module(VALUE value)
{
    return !RB_SPECIAL_CONST_P(value) &&
           (RB_TYPE_P(value, T_CLASS) || RB_TYPE_P(value, T_MODULE));
}

VALUE
rec_class_of_self(VALUE self)
{
    return is_module(self) ? self : rb_class_real(CLASS_OF(self));
}

/* What has the variables of one link in a chain of superclasses; 0: a class that is there twice,
 * for what is prepended to it. */
static VALUE
owner_at(VALUE link)
{
    if (!RB_TYPE_P(link, T_ICLASS))
        return link;
    VALUE included = RBASIC_CLASS(link);
    return RB_TYPE_P(included, T_MODULE) ? included : 0;
}

/* Walked, since a list of ancestors is a new object each time. */
VALUE
rec_class_variable_owner(VALUE klass, ID variable)
{
    VALUE found = 0;
    for (VALUE link = klass; link != 0; link = RCLASS_SUPER(link)) {
        VALUE one = owner_at(link);
        if (one != 0 && RTEST(rb_ivar_defined(one, variable)))
            found = one;
    }
    return found;
}

static VALUE
get_global(VALUE name)
{
    return rb_gv_get((const char *)name);
}

/* A getter of a C extension may raise; older Rubies warn of what was never set. */
bool
rec_global_get(const char *name, VALUE *out_value)
{
    int state = 0;
    VALUE errinfo = rb_errinfo(), verbose = *rb_ruby_verbose_ptr();
    if (strcmp(name, "$VERBOSE") == 0) {
        *out_value = verbose; /* as it is but while another is read */
        return true;
    }
    *rb_ruby_verbose_ptr() = Qfalse;
    *out_value = rb_protect(get_global, (VALUE)name, &state);
    *rb_ruby_verbose_ptr() = verbose;
    if (state != 0)
        rb_set_errinfo(errinfo);
    return state == 0 && *out_value != Qundef;
}

/* ---- what is there ---- */

static VALUE
local_at(const struct rec_control_frame *cfp, const struct rec_value_place *place)
{
    const VALUE *ep = cfp->ep;
    for (uint32_t i = 0; i < place->level; i++)
        ep = (const VALUE *)(ep[-1] & ~(VALUE)3);
    VALUE value = ep[-(ptrdiff_t)place->index];
    return NIL_P(value) || !rec_is_of_program(value) ? Qundef : value;
}

static VALUE
instance_variable_of(VALUE object, ID name)
{
    return RTEST(rb_ivar_defined(object, name)) ? rb_attr_get(object, name) : Qundef;
}

/* Ruby goes by where the code stands. That is self's class in a method or a class body; a block may
 * run with another self, and so does a method of one object. */
static VALUE
class_variable_of(const struct rec_control_frame *cfp, ID name)
{
    const VALUE kind = cfp->ep[0] & FRAME_KIND_MASK, self = cfp->self;
    const bool is_single = !RB_SPECIAL_CONST_P(self) && !is_module(self) &&
                           RB_FL_TEST_RAW(CLASS_OF(self), FL_SINGLETON);
    if ((kind != FRAME_METHOD && kind != FRAME_CLASS) || is_single)
        return Qundef;
    VALUE owner = rec_class_variable_owner(rec_class_of_self(self), name);
    return owner == 0 ? Qundef : rb_attr_get(owner, name);
}

static VALUE
global_named(ID name)
{
    VALUE value;
    return rec_global_get(rb_id2name(name), &value) && !NIL_P(value) ? value : Qundef;
}

static VALUE
constant_of(VALUE owner, ID name)
{
    if (!is_module(owner) || !rb_const_defined_at(owner, name) ||
        !NIL_P(rb_autoload_p(owner, name)))
        return Qundef;
    const VALUE verbose = *rb_ruby_verbose_ptr();
    *rb_ruby_verbose_ptr() = Qnil; /* of a deprecated one Warning.warn would be called */
    const VALUE value = rb_const_get_at(owner, name);
    *rb_ruby_verbose_ptr() = verbose;
    return value;
}

/* Of other keys `hash` and `eql?` may be the program's. */
static bool
is_plain_key(VALUE key)
{
    return RB_SPECIAL_CONST_P(key) || RBASIC_CLASS(key) == rb_cString || RB_TYPE_P(key, T_SYMBOL);
}

static VALUE
element_of(VALUE owner, VALUE key)
{
    if (RB_SPECIAL_CONST_P(owner) || key == Qundef)
        return Qundef;
    if (RBASIC_CLASS(owner) == rb_cHash && is_plain_key(key))
        return rb_hash_lookup2(owner, key, Qundef);
    if (RBASIC_CLASS(owner) != rb_cArray || !FIXNUM_P(key))
        return Qundef;
    long index = FIX2LONG(key), size = RARRAY_LEN(owner);
    return index >= -size && index < size ? rb_ary_entry(owner, index) : Qundef;
}

/* Word `index` of what starts there. */
static bool
get_word(uintptr_t start, int index, bool is_proved, uintptr_t *out_word)
{
    const uintptr_t *word = (const uintptr_t *)start + index;
    if (!is_proved)
        return start % sizeof *word == 0 && rec_own_memory_get(word, out_word, sizeof *out_word);
    *out_word = *word;
    return true;
}

bool
rec_cache_is_of_attribute(const struct rec_control_frame *cfp, VALUE receiver, ID variable,
                          bool is_proved)
{
    uintptr_t cache, klass, method, flags, definition, type, name;
    return get_word(cfp->pc[0], CALL_CACHE, is_proved, &cache) &&
           get_word(cache, CACHE_CLASS, is_proved, &klass) && klass == CLASS_OF(receiver) &&
           get_word(cache, CACHE_METHOD, is_proved, &method) &&
           get_word(method, METHOD_FLAGS, is_proved, &flags) && (flags & METHOD_IS_OVER) == 0 &&
           get_word(method, METHOD_DEFINITION, is_proved, &definition) &&
           get_word(definition, DEFINITION_TYPE, is_proved, &type) &&
           (type & TYPE_MASK) == TYPE_ATTRSET &&
           get_word(definition, DEFINITION_VARIABLE, is_proved, &name) && name == variable;
}

static VALUE
attribute_of(const struct rec_control_frame *cfp, VALUE receiver, ID variable)
{
    return receiver != Qundef && rec_cache_is_of_attribute(cfp, receiver, variable, true)
               ? instance_variable_of(receiver, variable)
               : Qundef;
}

VALUE
rec_value_before(const struct rec_control_frame *cfp, const struct rec_value_place *place,
                 VALUE receiver, VALUE key)
{
    switch (place->kind) {
    case REC_PLACE_NONE: return Qundef;
    case REC_PLACE_LOCAL: return local_at(cfp, place);
    case REC_PLACE_INSTANCE: return instance_variable_of(cfp->self, place->name);
    case REC_PLACE_CLASS: return class_variable_of(cfp, place->name);
    case REC_PLACE_GLOBAL: return global_named(place->name);
    case REC_PLACE_CONSTANT: return constant_of(receiver, place->name);
    case REC_PLACE_ELEMENT: return element_of(receiver, key);
    case REC_PLACE_ATTRIBUTE: return attribute_of(cfp, receiver, place->name);
    }
    return Qundef;
}

struct rec_value_place
rec_value_place_read(VALUE described)
{
    if (FIXNUM_P(described)) {
        uint64_t packed = (uint64_t)FIX2LONG(described);
        return (struct rec_value_place){.kind = REC_PLACE_LOCAL,
                                        .index = (uint32_t)(packed >> LEVEL_BITS),
                                        .level = (uint32_t)(packed & ((1u << LEVEL_BITS) - 1))};
    }
    if (!SYMBOL_P(described))
        return (struct rec_value_place){.kind = REC_PLACE_NONE};
    ID name = SYM2ID(described);
    const char *text = rb_id2name(name);
    const size_t size = strlen(text);
    enum rec_place_kind kind = REC_PLACE_CONSTANT;
    if (text[size - 1] == '=') {
        char variable[ATTRIBUTE_SIZE_MAX + 1];
        if (size > ATTRIBUTE_SIZE_MAX)
            return (struct rec_value_place){.kind = REC_PLACE_NONE};
        snprintf(variable, sizeof variable, "@%.*s", (int)size - 1, text);
        name = rb_intern3(variable, size, rb_enc_get(rb_id2str(name)));
        kind = REC_PLACE_ATTRIBUTE;
    } else if (text[0] == '[')
        kind = REC_PLACE_ELEMENT;
    else if (text[0] == '$')
        kind = REC_PLACE_GLOBAL;
    else if (text[0] == '@')
        kind = text[1] == '@' ? REC_PLACE_CLASS : REC_PLACE_INSTANCE;
    return (struct rec_value_place){.kind = kind, .name = name};
}
