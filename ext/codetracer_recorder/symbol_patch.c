/* See symbol_patch.h. */
#include "symbol_patch.h"

#include <ruby/ruby.h>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct patch {
    const char *symbol;
    void *replacement;
    uintptr_t base; /* of the object to patch */
    bool is_done;
};

/* What the dynamic section says about relocations. */
struct dynamic {
    const ElfW(Sym) * symbols;
    const char *strings;
    const ElfW(Rela) * tables[2];
    size_t sizes[2]; /* bytes */
};

static void
read_dynamic(const ElfW(Dyn) * entry, struct dynamic *out)
{
    for (; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            out->symbols = (const ElfW(Sym) *)entry->d_un.d_ptr;
            break;
        case DT_STRTAB:
            out->strings = (const char *)entry->d_un.d_ptr;
            break;
        case DT_JMPREL:
            out->tables[0] = (const ElfW(Rela) *)entry->d_un.d_ptr;
            break;
        case DT_PLTRELSZ:
            out->sizes[0] = entry->d_un.d_val;
            break;
        case DT_RELA:
            out->tables[1] = (const ElfW(Rela) *)entry->d_un.d_ptr;
            break;
        case DT_RELASZ:
            out->sizes[1] = entry->d_un.d_val;
            break;
        default:
            break;
        }
    }
}

static int
protection_of(const struct dl_phdr_info *object, uintptr_t address)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_RELRO && address >= start && address < start + header->p_memsz)
            return PROT_READ;
    }
    return PROT_READ | PROT_WRITE;
}

static bool
write_slot(const struct dl_phdr_info *object, uintptr_t address, void *value)
{
    uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)(address & ~(page_size - 1));
    int protection = protection_of(object, address);
    if (mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0)
        return false;
    *(void **)address = value;
    if (protection == PROT_READ)
        mprotect(page, page_size, PROT_READ);
    return true;
}

static void
patch_table(const struct dl_phdr_info *object, const struct dynamic *dynamic, int which,
            struct patch *patch)
{
    const ElfW(Rela) *relocation = dynamic->tables[which];
    size_t count = relocation == NULL ? 0 : dynamic->sizes[which] / sizeof *relocation;
    for (size_t i = 0; i < count; i++) {
        size_t index = ELF64_R_SYM(relocation[i].r_info);
        const char *name = dynamic->strings + dynamic->symbols[index].st_name;
        if (index == 0 || strcmp(name, patch->symbol) != 0)
            continue;
        if (write_slot(object, object->dlpi_addr + relocation[i].r_offset, patch->replacement))
            patch->is_done = true;
    }
}

static int
visit_object(struct dl_phdr_info *object, size_t size, void *context)
{
    struct patch *patch = context;
    struct dynamic dynamic = {0};
    (void)size;
    if (object->dlpi_addr != patch->base)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            read_dynamic((const ElfW(Dyn) *)(patch->base + object->dlpi_phdr[i].p_vaddr), &dynamic);
    }
    if (dynamic.symbols != NULL && dynamic.strings != NULL) {
        patch_table(object, &dynamic, 0, patch);
        patch_table(object, &dynamic, 1, patch);
    }
    return 1;
}

bool
rec_symbol_patch(const char *symbol, void *replacement)
{
    Dl_info libruby;
    struct link_map *map = NULL;
    if (dladdr1((void *)rb_eval_string, &libruby, (void **)&map, RTLD_DL_LINKMAP) == 0 ||
        map == NULL)
        return false;
    struct patch patch = {.symbol = symbol, .replacement = replacement, .base = map->l_addr};
    dl_iterate_phdr(visit_object, &patch);
    return patch.is_done;
}
