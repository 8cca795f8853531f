# Symbols longer than the limit, one in the source and one made: both are cut.
written = %s(
  It is written down as a literal, over several lines, and so the compiler knows it: the VM has a
  number for it. That is the only difference to one that is made at run time, and none that a reader
  of the trace should see.
)
made = "made #{'at run time ' * 20}".to_sym
key = { written => made }

def keep(symbol)
  symbol
end

copy = keep(written)
copy = keep(made)
p written.size, made.size, key.size, copy.size
