for q in '' 'writes' 'guess x' 'writes a b' 'stack' 'value x' 'writes x --at 5x' 'stack --at 5 --all' 'calls f --before 3' '--nothing'; do ctrace query traces/pay100 $q; echo "$?"; done
