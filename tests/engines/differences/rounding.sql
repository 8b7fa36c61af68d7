= select round(2.5) z
= select round(-2.5) z
= select round(2.5d) z
= select round(3.5d) z
= select round(-0.5d) z
= select round(1.005) z
= select round(1.005d) z
= select round(2.675) z
= select round(25) z
= select round(null) z
> select bround(2.5) z
> select bround(-2.5) z
? select bround(2.5d) z
? select bround(3.5d) z
? select bround(-0.5d) z
> select bround(1.005) z
? select bround(1.005d) z
> select bround(2.675) z
? select bround(25) z
> select bround(null) z
= select ceil(2.5) z
= select ceil(-2.5) z
= select ceil(2.5d) z
= select ceil(3.5d) z
= select ceil(-0.5d) z
= select ceil(1.005) z
= select ceil(1.005d) z
= select ceil(2.675) z
= select ceil(25) z
= select ceil(null) z
= select floor(2.5) z
= select floor(-2.5) z
= select floor(2.5d) z
= select floor(3.5d) z
= select floor(-0.5d) z
= select floor(1.005) z
= select floor(1.005d) z
= select floor(2.675) z
= select floor(25) z
= select floor(null) z
= select rint(2.5) z
= select rint(-2.5) z
= select rint(2.5d) z
= select rint(3.5d) z
= select rint(-0.5d) z
= select rint(1.005) z
= select rint(1.005d) z
= select rint(2.675) z
= select rint(25) z
= select rint(null) z
= select round(1.005, 2) z
~double-rounding select round(1.005d, 2) z
= select round(2.675d, 2) z
= select round(25, -1) z
= select round(125, -1) z
= select round(-25, -1) z
= select round(1234.567, -2) z
= select round(1234.567d, 1) z
= select round(1.5, 0) z
= select round(0.5d, 0) z
= select round(1e10d, 2) z
= select round(15, -1) z
= select round(2.345, 2) z
= select round(2.345d, 2) z
> select bround(1.005, 2) z
? select bround(1.005d, 2) z
? select bround(2.675d, 2) z
? select bround(25, -1) z
? select bround(125, -1) z
? select bround(-25, -1) z
> select bround(1234.567, -2) z
? select bround(1234.567d, 1) z
> select bround(1.5, 0) z
? select bround(0.5d, 0) z
? select bround(1e10d, 2) z
? select bround(15, -1) z
> select bround(2.345, 2) z
> select bround(2.345d, 2) z
? select ceil(1.2, 1) z
? select ceil(1.23, 1) z
? select floor(1.27, 1) z
= select ceil(-0.1d) z
= select floor(-0.1) z
- select trunc(1.5) z
= select sign(-2.5) z
= select signum(0) z
= select ceil(5) z
= select floor(5L) z
> select ceil(1.23d,1) z
