/* The check of names, component by component. See folder_name.h. */
#include "io/folder_name.h"

#include <string.h>

size_t
ct_folder_name_component_size(const char *name)
{
    return strcspn(name, "/");
}

static bool
is_component_valid(const char *component, size_t size)
{
    if (size == 0)
        return false;
    const bool is_dots = size <= 2 && memcmp(component, "..", size) == 0;
    return !is_dots;
}

bool
ct_folder_name_is_valid(const char *name)
{
    for (;;) {
        const size_t size = ct_folder_name_component_size(name);
        if (!is_component_valid(name, size))
            return false;
        if (name[size] == '\0')
            return true;
        name += size + 1;
    }
}
